"""What commands print: problems in four formats, tables, explanations, compiled queries, progress."""
