"""Examples of using the library, each of which runs, and is run by the tests."""
