"""Values of the field types: from operands and from records, as JSON, and as databases store them."""
