"""Tests of the command line, on the films in the folder examples, where every test runs."""
