"""The inputs of commands: queries, schemas, configurations, data."""
