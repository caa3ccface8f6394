"""`criteria.django`. The tests need Django: `pip install -e ".[test,orm-test]"`."""
