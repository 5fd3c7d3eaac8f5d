"""Documents that a reader of the export would miss, or be told of though they are not there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import delete, update

from tests.services.checking.conftest import Broken
from vocapp.models import Change, Customer, Response, new_id


def test_a_document_that_is_not_in_the_feed_is_found(broken: Broken, of: Callable[[str], Response]) -> None:
    counted = {"customers": 4, "responses": 4, "alerts": 3, "events": 3, "consents": 4}
    for stream, n in counted.items():
        assert broken(delete(Change).where(Change.stream == stream)) == {"feed_complete": n}
    gone = update(Change).where(Change.row_id == of("glad").id).values(op="delete")
    assert broken(gone) == {"feed_complete": 1}


def test_a_line_older_than_its_document_is_found(broken: Broken, of: Callable[[str], Response]) -> None:
    glad = of("glad")
    later = glad.answered_at + timedelta(hours=1)
    assert broken(update(Response).where(Response.id == glad.id).values(answered_at=later)) == {"feed_complete": 1}
    assert broken(update(Customer).values(updated_at=later)) == {"feed_complete": 4}


def test_a_line_of_nothing_is_found(broken: Broken, of: Callable[[str], Response]) -> None:
    of_glad = Change.row_id == of("glad").id
    moved = broken(update(Change).where(of_glad).values(row_id=new_id()))
    assert moved == {"feed_complete": 2}  # the document without its line, the line without its document
    assert broken(update(Change).where(of_glad).values(stream="surveys")) == {"feed_complete": 2}


def test_a_line_that_no_reader_will_reach_is_found(broken: Broken, on_sqlite: bool) -> None:
    if on_sqlite:
        assert broken("update changes set number = 1 where stream = 'events'") == {"feed_in_reach": 1}
    else:  # as after a move to a cluster whose transactions are behind
        ahead = "update changes set xid = '1000000000'::text::xid8 where stream = 'events'"
        assert broken(ahead) == {"feed_in_reach": 3}
