"""The first dashboard: the figures, how they moved, by what they differ; and the mark by which a page renews itself."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, timedelta
from functools import partial
from typing import Any, Final, NamedTuple

import orjson
from flask import Response, g, jsonify, request
from markupsafe import Markup

from vocapp.domain.boards import ANSWERED_WITHIN, GOALS, Goals
from vocapp.domain.mail_health import MailLimits
from vocapp.models import Workspace, db, read_singly
from vocapp.models.summaries import PEOPLE
from vocapp.services import dashboards
from vocapp.services.browsing import overview
from vocapp.services.dashboards import Board, Row
from vocapp.web.console import assets, frame, guard
from vocapp.web.console.blueprint import blueprint
from vocapp.web.console.dashboards import asking, beside, drawing
from vocapp.web.console.dashboards import tables as files
from vocapp.web.console.dashboards.asking import Wanted
from vocapp.web.console.dashboards.drawing import Line, Writer
from vocapp.web.console.dashboards.tables import Table
from vocapp.web.console.formats import Formats

PARTS: Final = ("voice", "handling", "mail", "value", "causes", "advisers")
MOST_ROWS: Final = 200
"""On one page of the table."""
_LONGEST_PAGE: Final = 6
MARK_LENGTH: Final = 16
READERS: Final = frozenset({"owner", "analyst"})
"""The roles that read figures of money and of colleagues."""
_ESCAPED: Final = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


class Leaf(NamedTuple):
    """One page of a long table."""

    number: int
    pages: int
    first: int
    """The first row on it, from 1 on."""
    last: int
    of: int


@blueprint.get("/console/dashboards", endpoint="dashboards")
def voice() -> Response:
    wanted, board = ask()
    group = wanted.group
    formats = formats_here()
    words, writer, goals = formats.words, Writer(formats), goals_here()
    rows = dashboards.rows_by(board=board, group_by=group)
    if group == "segment":  # some are only for who sees the whole company
        rows = tuple(row for row in rows if row.key in wanted.people.segment)
    names = names_of(group, rows, wanted)
    columns = ("nps", "csat", "ces") if group in PEOPLE or wanted.asked.people else ("nps", "csat", "answered")
    ranked = group in dashboards.RANKED
    usual = "nps" if ranked else ""
    order = beside.order_of(columns, usual)
    standing = beside.standing(rows, board.now, "nps") if ranked else {}
    every = beside.sorted_by(order, zip(names, rows, strict=True))
    listed, leaf = leaf_of(every, request.args.get("page", ""))
    drawn = [drawing.line(writer, board, key, words, drawing.goal_of(goals, key)) for key in drawing.LINES]
    lines = [one for one in drawn if one is not None]
    ranges = drawing.ranges(writer, [row for _, row in every], [name for name, _ in every], "nps", words)
    seat = wanted.seat
    mine = (
        overview.alert_counts(scope=guard.scope(), email=guard.me().email, now=guard.now())
        if seat.kind == "agent"
        else None
    )
    return page(
        "dashboard.html",
        wanted,
        part="voice",
        board=board,
        writer=writer,
        verdicts={one.key: goals.verdict(one.key, one.now) for one in board.figures},
        goals={key: getattr(goals, key) for key in GOALS},
        lines=lines,
        undrawn=[one.key for one in board.figures if one.value is not None and one.key not in {n.key for n in lines}],
        columns=columns,
        ranked=ranked,
        heads=beside.heads(order, columns),
        standing=standing,
        marked=bool(standing) or any(beside.says_something(row.rank) for row in rows),
        says_something=beside.says_something,
        ordered=beside.address(wanted.kept, usual, order),
        besides={} if order == usual else {beside.NAMED: order},
        tables=_tables(wanted, board, lines, every, columns),
        bars=drawing.bars(writer, board, words, formats),
        rows=listed,
        leaf=leaf,
        ranges=ranges,
        groups=wanted.groups,
        alerts=mine,
        board_mark=mark_of(wanted, dashboards.mark_of(board)),
    )


def _tables(
    wanted: Wanted, board: Board, lines: list[Line], every: list[tuple[str, Row]], columns: tuple[str, ...]
) -> dict[str, Table]:
    words, asked, group = frame.words(), wanted.asked, wanted.group
    if not board.responses and not board.now["mail_sent"]:
        return {}
    over_time = {
        f"line-{line.key}": files.of_line(
            line, words["chart_of"].format(figure=words["board_figures"][line.key]), (asked.since, asked.until)
        )
        for line in lines
    }
    title = words["compared_as"].format(group=words["board_groups"][group].lower())
    compared = files.compared(every, title, group=group, columns=columns, ranked=group in dashboards.RANKED)
    return {**over_time, "responses": files.of_responses(board, words["responses_over_time"]), "compared": compared}


@blueprint.get("/console/dashboards/figures", endpoint="dashboard_figures")
def figures() -> Response:
    """Return the figures as JSON, by the same address as the page: 304 where nothing has changed."""
    wanted = want()
    by_itself = request.args.get("mark") is not None or request.if_none_match
    board = None if by_itself else dashboards.read(asked=wanted.asked, limits=limits_here())
    mark = mark_of(wanted, dashboards.mark_of(board) if board else dashboards.mark(asked=wanted.asked))
    if request.if_none_match.contains(mark):
        response = Response(status=304)
    elif request.args.get("mark") is not None:  # an open page asks only whether to look again
        response = jsonify(mark=mark)
    else:
        board = board or dashboards.read(asked=wanted.asked, limits=limits_here())
        response = jsonify(mark=mark, **_plain(board.document()))
    response.set_etag(mark)
    return frame.send_headers(response)


def want() -> Wanted:
    """Read the address."""
    read_singly()
    scope = guard.scope()
    titles = asking.titles_of(workspace_id=scope.workspace_id, language=frame.language())
    people = asking.people_of(scope=scope, language=frame.language())
    return asking.read(scope=scope, member=guard.membership(), now=guard.now(), titles=titles, people=people)


def ask() -> tuple[Wanted, Board]:
    """Read the address, and the figures that it asks for."""
    wanted = want()
    return wanted, dashboards.read(asked=wanted.asked, limits=limits_here())


def page(
    template: str,
    wanted: Wanted,
    *,
    part: str,
    tables: Mapping[str, Table] | None = None,
    besides: Mapping[str, str] | None = None,
    **values: Any,
) -> Response:
    """Return a page of figures with its filters, or the file of one of its tables.

    `besides`: what its address says that is no filter of all pages.
    """
    shown_tables = tables or {}
    asked_for = files.asked_for(shown_tables)
    if asked_for is not None:
        return files.file_of(
            asked_for,
            about=(guard.membership().workspace_name, *_place_named(wanted)),
            days=(wanted.asked.since, wanted.asked.until),
        )
    closed = {"value": not may_see_value(), "advisers": not may_see_advisers()}
    shown = [one for one in PARTS if not closed.get(one)]
    return frame.page(
        f"dashboards/{template}",
        section="dashboards",
        part=part,
        parts=shown,
        wanted=wanted,
        chosen=wanted.chosen,
        kept=wanted.kept,
        besides=besides or {},
        seat=wanted.seat,
        asked=wanted.asked,
        places=wanted.places,
        place_names={choice.key: choice.label.strip() for choice in wanted.places},
        surveys=wanted.surveys,
        periods=asking.PERIODS,
        channels=asking.CHANNELS,
        styles=assets.url("dashboards.css"),
        drawer=assets.url("dashboards.js"),
        library=assets.url("echarts.js"),
        as_json=as_json,
        files=files.links(shown_tables, {**wanted.kept, **(besides or {})}),
        answered_within=ANSWERED_WITHIN,
        last_day=partial(_last_day, today=formats_here().day_of(guard.now())),
        **values,
    )


def _place_named(wanted: Wanted) -> list[str]:
    return [choice.label.strip() for choice in wanted.places if choice.key == wanted.asked.place]


def leaf_of(rows: list[tuple[str, Row]], asked: str) -> tuple[list[tuple[str, Row]], Leaf]:
    """Return the rows of one page of a long table, and where it stands; one that there is not counts as the first."""
    pages = max(1, -(-len(rows) // MOST_ROWS))
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < _LONGEST_PAGE else 1
    number = number if 1 <= number <= pages else 1
    first = (number - 1) * MOST_ROWS
    shown = rows[first : first + MOST_ROWS]
    return shown, Leaf(number, pages, first + 1, first + len(shown), len(rows))


def may_see_value() -> bool:
    """Say whether one sees what customers are worth: who leads a part or all of it, and who reads for them."""
    return guard.membership().role in READERS


def may_see_advisers() -> bool:
    """Say whether one sees figures of colleagues: who leads a part or all of it, and who reads for them."""
    return guard.membership().role in READERS


def mark_of(wanted: Wanted, sums: str) -> str:
    """Return what changes when a figure does."""
    text = f"{wanted.asked}|{sums}"
    return hashlib.sha256(text.encode()).hexdigest()[:MARK_LENGTH]


def formats_here() -> Formats:
    """Return the formats of who reads."""
    return Formats(frame.words(), guard.membership().timezone, guard.now())


def goals_here() -> Goals:
    """Return the company's goals."""
    return Goals.read(_settings().get("goals") or {})


def limits_here() -> MailLimits:
    """Return from where on the health of the company's mails is bad."""
    return MailLimits.read(_settings().get("mail_limits") or {})


def _settings() -> Mapping[str, Any]:
    """Return what the company has set, asked once a page."""
    if "company_settings" not in g:
        g.company_settings = db.session.get_one(Workspace, guard.scope().workspace_id).settings
    settings: Mapping[str, Any] = g.company_settings
    return settings


def names_of(group: str, rows: tuple[Row, ...], wanted: Wanted) -> list[str]:
    """Return how each row is called."""
    words = frame.words()
    places = {choice.key: choice.label.strip() for choice in wanted.places}
    known: Mapping[str, str] = {}
    if group == "survey":
        known = wanted.surveys
    elif group == "channel":
        known = words["channels"]
    elif group in PEOPLE:
        known = wanted.people.of(group)
    elif group == "step":
        known = words["events"]
    else:
        known = places
    return [known.get(row.key, row.key) if row.key else words["of_none"][group] for row in rows]


def as_json(value: Any) -> Markup:
    """Write a value as JSON that may stand inside a page: nothing in it begins or ends an element."""
    return Markup(orjson.dumps(value).decode().translate(_ESCAPED))  # noqa: S704 - every sign that HTML knows is escaped


def _last_day(day: date, today: date) -> date:
    """Return the last day before `day` that is not still to come."""
    return min(day - timedelta(days=1), today)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value.isoformat() if hasattr(value, "isoformat") else value
