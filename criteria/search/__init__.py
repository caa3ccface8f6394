"""Searches: a query with its order and page, from a request's parameters to the page of records."""
