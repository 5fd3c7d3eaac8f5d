"""More mails in a week than the policy allows, whoever of an address they went to; a ledger with holes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, update

from tests.builders import House
from tests.services.checking.conftest import Broken
from vocapp.models import LedgerEntry, Response, Workspace

LONG_AGO = timedelta(days=7, minutes=1)


def entry(response: Response, **values: Any):
    return update(LedgerEntry).where(LedgerEntry.id == response.invitation_id).values(**values)


def test_one_mail_too_many_to_an_address_is_found(broken: Broken, of: Callable[[str], Response], shared: House) -> None:
    everybody = update(LedgerEntry).values(contact_key="0" * 64)
    people = [of(name) for name in ("glad", "sad", "torn", "late")]
    glad, sad, torn, late = people
    now = shared.now
    three = [everybody, *(entry(one, at=now - timedelta(days=3 - day)) for day, one in enumerate(people))]
    assert broken(*three) == {"nobody_over_the_cap": 1}  # two mails, a third; then a link, which may
    last = entry(late, at=now - timedelta(days=4))
    assert broken(*three, last) == {"nobody_over_the_cap": 2}  # a link counts for the mails behind it
    apart = [entry(glad, at=now - LONG_AGO), entry(sad, at=now - LONG_AGO), last]
    assert broken(everybody, *apart, entry(torn, at=now)) == {}  # as many, but in two weeks
    assert broken(*three, entry(torn, at=now - timedelta(days=1), made=False)) == {"ledger_complete": 1}
    old = [entry(one, at=now - timedelta(days=200)) for one in people]
    assert broken(everybody, *old) == {}


def test_the_cap_is_each_workspaces_own(broken: Broken, of: Callable[[str], Response], shared: House) -> None:
    def with_policy(**policy: Any) -> dict[str, int]:
        return broken(
            update(Workspace).where(Workspace.id == shared.id).values(settings={"contact_policy": policy}),
            update(LedgerEntry).values(contact_key="0" * 64),
            entry(of("glad"), at=shared.now - LONG_AGO),
        )

    assert with_policy(cap=3) == {}
    assert with_policy(cap=2) == {}
    assert with_policy(cap=2, window_days=14) == {"nobody_over_the_cap": 1}
    assert with_policy(cap=0) == {"nobody_over_the_cap": 3}


def test_a_ledger_with_a_hole_is_found(broken: Broken, of: Callable[[str], Response]) -> None:
    mine = LedgerEntry.id == of("glad").invitation_id
    assert broken(delete(LedgerEntry).where(mine)) == {"ledger_complete": 1}
    assert broken(delete(LedgerEntry)) == {"ledger_complete": 4}
