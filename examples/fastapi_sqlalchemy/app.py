"""The application."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Annotated

from fastapi import Depends, FastAPI, Request, Response
from pydantic import BaseModel
from sqlalchemy.orm import Session

import criteria
from examples.fastapi_sqlalchemy.models import Customer, Invoice, Status, database

CUSTOMERS = criteria.sqlalchemy.model(Customer, include={"name"})
INVOICES = criteria.sqlalchemy.model(Invoice, exclude={"customer_id"}, relations={"customer": CUSTOMERS})
engine = database()


class CustomerOut(BaseModel, from_attributes=True):
    """A customer as clients see it."""

    name: str


class InvoiceOut(BaseModel, from_attributes=True):
    """An invoice as clients see it."""

    id: int
    status: Status
    total: Decimal
    due: date | None
    customer: CustomerOut


def open_session() -> Iterator[Session]:
    """A session for each request."""
    with Session(engine) as session:
        yield session


app = FastAPI(title="Invoices")


@app.get("/invoices", response_model=list[InvoiceOut], responses={200: {"headers": criteria.fastapi.PAGE_HEADERS}})
def invoices(
    search: Annotated[criteria.Search, criteria.fastapi.search(INVOICES)],
    session: Annotated[Session, Depends(open_session)],
    request: Request,
    response: Response,
) -> object:
    """The invoices that a search selects."""
    page = INVOICES.page(session, search)
    response.headers.update(criteria.fastapi.page_headers(request, search, page))
    return page.data


criteria.fastapi.install(app)
