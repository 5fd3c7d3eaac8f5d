"""Figures that are published, and links to them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.builders import House
from vocapp.domain.links import make_token
from vocapp.models import Publication, PublishedFigure, new_id
from vocapp.services import public_links

FIGURES = public_links.FIGURES


def link_to(house: House, name: str = "Tout le monde", **shows: Any) -> str:
    """Make a link and return its path."""
    wanted: dict[str, Any] = {"surveys": (), "figures": FIGURES, "place": "", "ends_on": None} | shows
    link_id = new_id()
    with house.writing():
        public_links.create(
            workspace_id=house.id, link_id=link_id, name=name, by="ada@example.test", now=house.now, **wanted
        )
    return f"/d/{make_token(house.secret, 'dashboard', link_id)}"


def publish_some(house: House, survey: str, places: list[str]) -> None:
    """Write figures of the last months as if they had been published, of the company and of some of its places."""
    month = house.today.replace(day=1)
    with house.writing() as session:
        for back in range(6):
            month = (month - timedelta(days=1)).replace(day=1)
            session.add(Publication(workspace_id=house.id, month=month, published_at=house.now))
            session.flush()
            for at, place in enumerate(["", *places]):
                cells = {
                    "nps": (35 - 9 * at + 4 * back, "", 250),
                    "csat": (97, "at_least", 90),  # as it was told once: of 90 to 99, 96 is told now
                    "mentioned:delivery": (42 - back, "", 60),
                    "negative:delivery": (61, "", 20),
                    "mentioned:service": (18, "", 60),
                    "negative:service": (30, "at_most", 10),
                }
                for figure, (value, bound, n) in cells.items():
                    session.add(
                        PublishedFigure(
                            workspace_id=house.id,
                            month=month,
                            survey_key=survey,
                            figure=figure,
                            place=place,
                            value=value,
                            bound=bound,
                            n=n,
                        )
                    )
