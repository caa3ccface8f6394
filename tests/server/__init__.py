"""The example server, running on each of its stores."""
