"""The output of commands: problems in four formats, tables, explanations, compiled queries, progress."""
