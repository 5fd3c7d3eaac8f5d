"""What a customer's survey link is answered with: a page for somebody who looks, a page for somebody who answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from werkzeug.datastructures import MultiDict

from vocapp.services import responding
from vocapp.services.responding import Sitting
from vocapp.web.respond import pages
from vocapp.web.respond.forms import PAGE_FIELD, read_page
from vocapp.web.respond.views_of import brand_of_visit, closed_page, question_page, tells_of_visit, thanks_page


class Page(NamedTuple):
    """One reply."""

    status: int
    html: str
    headers: Mapping[str, str]


def look(sitting: Sitting, *, path: str, asked: MultiDict[str, str]) -> Page:
    """Answer who opens the link. `asked` is its query: `page=N` goes back to a page, `KEY=VALUE` preselects."""
    if sitting.closed:
        return _closed(sitting)
    page = _page_named(sitting, asked.get("page", type=int))
    html = question_page(sitting, page, path=path, preselected_values=asked)
    return _open(sitting, html, visit=tells_of_visit(sitting))


def answer(sitting: Sitting, *, path: str, form: MultiDict[str, str]) -> Page | None:
    """Take the page that was sent and answer with what follows; None: the link leads nowhere any more."""
    if sitting.closed:
        return _closed(sitting)
    page = _page_named(sitting, form.get(PAGE_FIELD, type=int))
    read = read_page(sitting, page, form, informal=brand_of_visit(sitting.visit).informal)
    if read.errors:
        html = question_page(sitting, page, path=path, errors=read.errors, typed=form)
        return _open(sitting, html, status=422)
    outcome = responding.take_page(sitting=sitting, page=page, given=read.given)
    if outcome is None:
        again = responding.open_sitting(invitation_id=sitting.visit.invitation_id)
        return _closed(again) if again else None
    after = outcome.sitting
    html = (
        thanks_page(after, unhappy=outcome.unhappy)
        if outcome.completed
        else question_page(after, after.position, path=path)
    )
    return _open(after, html)


def _page_named(sitting: Sitting, page: int | None) -> int:
    return page if page is not None and 0 <= page < len(sitting.pages) else sitting.position


def _closed(sitting: Sitting) -> Page:
    brand = brand_of_visit(sitting.visit)
    html = closed_page(sitting, brand)
    return Page(410, html, pages.page_headers(brand))


def _open(sitting: Sitting, html: str, status: int = 200, *, visit: bool = False) -> Page:
    return Page(status, html, pages.page_headers(brand_of_visit(sitting.visit), visit=visit))
