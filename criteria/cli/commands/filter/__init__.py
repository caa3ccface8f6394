"""`criteria filter`: the records that a query selects."""
