"""From input to normal form: what is accepted, what is refused, and the problems of refusals."""
