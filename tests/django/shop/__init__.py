"""The application of the models in docs/django.md, which the test of that page creates."""
