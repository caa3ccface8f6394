"""The commands of `criteria`, one module each."""
