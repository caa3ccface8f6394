"""The typed tree of a query: its nodes, its normal form, its parameters, and its criteria JSON."""
