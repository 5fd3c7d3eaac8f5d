"""From where the console is looked at: the whole company, a region, a store, who calls back, and who has just begun."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from tests.rig.product import Product

PASSWORD: Final = "une longue phrase"
EMPTY: Final = "neuve"


class Seat(NamedTuple):
    """A login of the invented company."""

    email: str
    role: str = "owner"
    place: str | None = None
    workspace: str = "default"


SEATS: Final = {
    "company": Seat("claire@lumen.test"),
    "region": Seat("nadia@lumen.test", "analyst", "lumen_nord"),
    "store": Seat("remi@lumen.test", "viewer", "rouen"),
    "agent": Seat("samira@lumen.test", "agent", "lumen_nord"),
    "newcomer": Seat("zoe@neuve.test", workspace=EMPTY),
}


def take_seats(product: Product) -> None:
    """Make the logins, and a workspace in which nothing has happened yet."""
    product.command("workspace", "create", EMPTY, "--name", "Maison Neuve")
    for seat in SEATS.values():
        at = ["--place", seat.place] if seat.place else []
        product.command(
            *("user", "create", "--workspace", seat.workspace, "--email", seat.email, "--role", seat.role),
            *(*at, "--password-stdin"),
            stdin=f"{PASSWORD}\n",
        )


def demo_login(product: Product) -> tuple[str, str]:
    """Return the address and password that the demo prints."""
    line = re.search(r"staff login +\S+ +(\S+) +(\S+)", product.printed)
    assert line, product.printed
    return line[1], line[2]
