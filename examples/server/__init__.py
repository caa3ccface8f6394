"""The reference API (docs/language.md#source): users, organizations, content and files, searched with criteria.

`python -m examples.server` starts it. Read `entities` (the kinds of objects), `routes` (the endpoints), `objects` (what
they do), and `store` (the databases), in this order.
"""
