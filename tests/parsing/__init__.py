"""From input to normal form: what is accepted, what is refused, and what is said about it."""
