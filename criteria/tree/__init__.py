"""The typed tree of a query: its nodes, its normal form, its parameters, and the way back to criteria JSON."""
