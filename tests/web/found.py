"""What sealed workspaces and stores are tried with: drivers that were found, what one finds at a place, tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.builders import House
from vocapp.models import Alert, DriverReport, Event, Invitation, Response, Verbatim

MEASURED = {"value": None, "interval": None, "n": 9}
NOTHING = dict.fromkeys(("seconds", "reach", "since", "until"))
DRIVER = {
    "factor": "shelf", "low": 20, "n": 40, "share_low": 50.0, "share_low_elsewhere": 20.0, "n_elsewhere": 60,
    "difference": {"value": 30.0, "interval": {"low": 10.0, "high": 50.0}}, "share_of_all_low_at_least": 12.0,
    "chance": 0.0, "goes_with": None,
}  # fmt: skip


BOARD_TABLES = (
    ("", "compared"), ("", "responses"), ("", "line-nps"), ("/handling", "causes"), ("/mail", "surveys"),
    ("/value", "revenue"), ("/value", "cohorts"), ("/value", "stages"), ("/value", "places"),
    ("/advisers", "advisers"),
)  # fmt: skip
"""The tables of dashboards that are had as files: the page, the table."""


def find_drivers_at(house: House, survey: str, levels: dict[str, str], *, segments: Sequence[str] = ()) -> None:
    """Keep one driver for each place, of the level named for it, and how the members of segments feel."""
    crossed = [{"by": "segment", "key": key, **MEASURED, "others": MEASURED, "apart": None} for key in segments]
    with house.writing() as session:
        for place, level in levels.items():
            drivers = [{**DRIVER, "level": level}]
            findings = {
                "answers": 100,
                "low": 40,
                "looked_at": 3,
                "groups": crossed,
                "groups_left_out": [],
                **NOTHING,
                "drivers": drivers,
            }
            session.add(
                DriverReport(
                    workspace_id=house.id,
                    survey_key=survey,
                    metric="nps",
                    place=place,
                    found_at=house.now,
                    findings=findings,
                )
            )


def names_at(house: House, place: str) -> dict[str, str]:
    """Return what there is at a place, by what it is: the ids of one of each."""

    def of(model: Any) -> Any:
        return house.rows(model, model.place == place)[0]

    alert, event = of(Alert), of(Event)
    return {
        "alert": str(alert.id),
        "customer": str(alert.customer_id),
        "response": str(of(Response).id),
        "invitation": str(of(Invitation).id),
        "verbatim": str(of(Verbatim).id),
        "event": event.key,
        "place": place,
    }
