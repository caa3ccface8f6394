"""Tables that other programs created: each pair of a column's type and a field type is right, or refused."""
