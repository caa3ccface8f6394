"""Search requests: parameters, orders, pages."""
