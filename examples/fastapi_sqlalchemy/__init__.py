"""Searches on SQLAlchemy's mapped classes in a FastAPI application.

`uvicorn examples.fastapi_sqlalchemy.app:app` serves it, at http://127.0.0.1:8000/docs. `test_app` asks it.
"""
