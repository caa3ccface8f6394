"""Search in a web server: criteria.web."""
