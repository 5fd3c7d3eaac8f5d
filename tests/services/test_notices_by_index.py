"""Among very many notices, those of one message and the tests of one notifier are found by an index."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event

from tests.rig.receiver import Receiver
from tests.told import Team
from vocapp.models import db, new_id
from vocapp.services.browsing.notices import list_tried

CROWD = """insert into notices (workspace_id, id, notifier_id, event, event_id, alert_id, recipient, number, priority,
    status, attempts, unknown, created_at, due_at)
    select workspace_id, gen_random_uuid(), notifier_id, event, event_id, alert_id, recipient, number, priority,
    'told', 0, 0, created_at, due_at from notices, generate_series(1, 3000)"""


@pytest.fixture
def database_url(postgres_url: str) -> str:
    return postgres_url


def test_no_call_and_no_page_reads_all_notices(team: Team, peer: Receiver) -> None:
    notifier_id = team.notifier(peer.url, digest_minutes=10)
    team.alert()
    team.pass_time(seconds=1)
    said: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, text: str, parameters: Any, *_: Any) -> None:
        said.append((text, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        team.tell()
        list_tried(workspace_id=team.id, notifier_id=new_id())
        list_tried(workspace_id=team.id, notifier_id=notifier_id)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    by_message = [one for one in said if "notices.message_id = " in one[0]]
    by_event = [one for one in said if "notices.event_id = (" in one[0]]
    assert len(by_message) >= 2
    assert len(by_event) == 2
    db.session.rollback()
    connection = db.session.connection()
    connection.exec_driver_sql(CROWD)
    connection.exec_driver_sql("analyze notices")
    for statements, condition in ((by_message, "(message_id = "), (by_event, "((event)::text = 'notifier.test'")):
        for text, parameters in statements:
            plan = [line for (line,) in connection.exec_driver_sql(f"explain {text}", parameters)]
            conditions = [line for line in plan if "Index Cond" in line and condition in line]
            assert conditions, "\n".join(plan)
    db.session.rollback()
