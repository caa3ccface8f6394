"""A Django REST application with search criteria: `python -m examples.django_drf`, then open the address it prints."""
