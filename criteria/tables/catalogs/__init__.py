"""What an engine says about a table. One module per engine."""
