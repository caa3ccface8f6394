"""Values: operands and stored values as values of a field's type, and how two of them compare."""
