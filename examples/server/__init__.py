"""The documents' API, running: users, organizations, content and files, searched with criteria.

`python -m examples.server` starts it. Read `entities` (what there is), `routes` (what can be asked), `objects` (what
happens then), and `store` (where it is kept), in this order.
"""
