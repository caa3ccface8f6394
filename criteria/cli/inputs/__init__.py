"""What commands read: queries, schemas, configurations, data."""
