"""The example server, asked over HTTP while it runs on real databases."""
