"""Vector stores: filters of searches among vectors."""
