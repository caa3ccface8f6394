"""Searches: a query with an order and a page, from the parameters of a request to the response."""
