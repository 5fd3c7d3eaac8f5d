"""One rule, two meanings that never differ: the same members in Python, one by one, and in SQL, on both databases."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

from vocapp.domain.rules import check, holds
from vocapp.domain.segments import COLUMNS, ROOTS, VARIABLES, age_in_days, portrait_of
from vocapp.domain.segments.portraits import seen
from vocapp.domain.value import STAGES
from vocapp.models import Customer, PortraitRow, migrating, new_id, transaction
from vocapp.models.bulk import insert_many
from vocapp.models.rule_sql import condition_of
from vocapp.models.sql import Dialect
from vocapp.models.types import time_text

NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
KEYS = ("tier", "points", "renewal_on", "sports", "opted", 'odd "key" \\ here', "loyalty.tier", "é b'c")
SCALARS = (
    "gold", "Gold", "silver", "", "go", "été", "z", "Z", "%", "2026-03-01", "2026-03-10T08:00:00+02:00",
    "2026-03-10T23:30:00-05:00", "2026-02-30", "1", "true", 'a"b\\c', "😀", "é",
    0, 1, 2, 6, 9, 10, -3, 0.1, 0.2, 0.30000000000000004, 2.5, 6.0, 1e-16, 1e-200, 1e15, 10**15, -(10**15), 12.34, True,
    False,
)  # fmt: skip
NAMES = (
    *(f"customer.attributes.{key}" for key in (*KEYS, "never")), "consent.surveys", "consent.surveys:post_delivery",
    *VARIABLES,
)  # fmt: skip


def some_facts(chance, number):
    def maybe(value, share=0.7):
        return value if chance.random() < share else None

    def timed(**fields):
        at = NOW - timedelta(seconds=chance.choice([0, 1, 86_399, 86_400, 90 * 86_400, 40_000_000, -50]))
        at = at.replace(microsecond=chance.choice([0, 1, 999_999]))
        return {**fields, "time": at, "at": time_text(at), "days": age_in_days(at, NOW)}

    def attribute():
        if chance.random() < 0.2:
            return seen([chance.choice(SCALARS) for _ in range(chance.randrange(4))] + chance.choice([[], [1e300]]))
        return seen(chance.choice([*SCALARS, 1e300]))

    nps = chance.randrange(11)
    attributes = {key: maybe(attribute()) for key in KEYS}
    return {
        "customer": {
            "external_id": f"c{number}",
            "email": maybe(f"c{number}@example.test"),
            "first_name": maybe(chance.choice(["Ada", "ada", "Élodie", "2026-03-01"])),
            "locale": maybe(chance.choice(["fr", "fr-CA", "en"])),
            "attributes": {key: value for key, value in attributes.items() if value is not None},
        },
        "scores": {
            "nps": maybe(timed(value=nps, category="promoter" if nps > 8 else "passive" if nps > 6 else "detractor")),
            "csat": maybe(timed(value=chance.randrange(1, 6))),
            "ces": maybe(timed(value=chance.randrange(1, 8))),
        },
        "sentiment": maybe(
            timed(label=chance.choice(["negative", "positive"]), score=chance.choice([-0.9, 0.1, 0.75]))
        ),
        "persona": maybe(timed(key=chance.choice(["gift_giver", "quality_seeker"]), confidence=0.6)),
        "place": maybe({"key": "lyon", "path": "/brand/south/lyon/"}, 0.5),
        "value": {
            "stage": chance.choice(STAGES),
            "orders": chance.randrange(1, 9),
            "months": chance.randrange(4),
            "revenue_minor": chance.choice([0, 12_000, 10**15]),
            "refunded_minor": chance.choice([0, 2]),
            "basket_minor": 40_000 / 3,
            "first": timed(),
            "last": timed(),
        }
        if chance.random() < 0.6
        else {"stage": "prospect"},
        "consent": {
            key: chance.random() < 0.5 for key in ("surveys", "surveys:post_delivery") if chance.random() < 0.6
        },
    }


class Rules:
    """Draws rules that could be meant: each part where it may stand."""

    def __init__(self, chance):
        self.chance = chance

    def condition(self, depth):
        pick = self.chance.random()
        if depth and pick < 0.4:
            operator = self.chance.choice(["and", "or", "!"])
            parts = [self.condition(depth - 1) for _ in range(1 if operator == "!" else self.chance.randrange(1, 4))]
            return {operator: parts if self.chance.random() < 0.8 or len(parts) > 1 else parts[0]}
        if pick < 0.5:
            return {"known": self.name()}
        if pick < 0.56:
            return self.chance.choice([{"var": self.name()}, True, False])
        if pick < 0.7:
            hay = self.scalars() if self.chance.random() < 0.7 else self.operand(depth)
            return {"in": [self.operand(depth), hay]}
        if pick < 0.8:
            operator = self.chance.choice(["==", "!="])
            return {operator: [self.condition(0), self.condition(0)] if pick < 0.72 else [self.dated(), self.dated()]}
        operator = self.chance.choice(["==", "!=", ">", ">=", "<", "<="])
        pair = [self.dated(), self.dated()] if pick < 0.86 else [self.operand(depth), self.operand(depth)]
        return {operator: pair}

    def operand(self, depth):
        pick = self.chance.random()
        if pick < 0.55:
            return {"var": self.name()}
        if pick < 0.85 or not depth:
            return self.chance.choice(SCALARS)
        return self.calculated(depth)

    def calculated(self, depth):
        operator = self.chance.choice(["+", "-", "*", "/"])
        count = self.chance.choice([2, 2, 3, 8]) if operator in "+*" else 2
        return {operator: [self.calculated(depth - 1) if depth > 1 and self.chance.random() < 0.3 else self.number()
                           for _ in range(count)]}  # fmt: skip

    def number(self):
        if self.chance.random() < 0.6:
            return {"var": self.name()}
        return self.chance.choice([one for one in SCALARS if type(one) in {int, float}])

    def dated(self):
        if self.chance.random() < 0.5:
            return {"date": {"var": self.name()}}
        return {
            "date": self.chance.choice(
                ["2026-03-01", "2026-03-10", "2026-03-10T06:00:00Z", "2026-03-10T08:00:00+02:00"]
            )
        }

    def name(self):
        return self.chance.choice(NAMES)

    def scalars(self):
        return [self.chance.choice(SCALARS) for _ in range(self.chance.randrange(1, 13))]


@pytest.fixture
def people(db, workspace_id):
    """Write portraits of sixty people; gives their facts by id."""
    chance = random.Random(5)
    facts = {new_id(): some_facts(chance, number) for number in range(60)}
    customers, portraits = [], []
    for customer_id, seen_ in facts.items():
        flat, moments = portrait_of(seen_)
        customers.append(
            {
                "workspace_id": workspace_id,
                "id": customer_id,
                "external_id": seen_["customer"]["external_id"],
                "core_observed_at": {},
                "contact_key": str(customer_id),
                "created_at": NOW,
                "updated_at": NOW,
            }
        )
        portraits.append(
            {
                "workspace_id": workspace_id,
                "customer_id": customer_id,
                "facts": flat,
                "moments": moments,
                **{column: flat.get(key) for column, key in COLUMNS.items()},
            }
        )
    with transaction():
        insert_many(Customer, customers)
        insert_many(PortraitRow, portraits)
    return facts


def members_in_sql(db, rules):
    """Ask for the members of many rules in one statement."""
    d = Dialect(db.session.get_bind().dialect.name)
    conditions = [condition_of(rule, d=d, now=NOW, prefix=f"r{place}") for place, rule in enumerate(rules)]
    told = ", ".join(f"({one.sql}) is true as said_{place}" for place, one in enumerate(conditions))
    parameters = {name: value for one in conditions for name, value in one.parameters.items()}
    rows = db.session.execute(text(f"select cast(p.customer_id as text), {told} from portraits p"), parameters).all()
    return [{str(row[0]) for row in rows if row[place + 1]} for place in range(len(rules))]


def members_in_python(people, rule):
    return {str(customer_id) for customer_id, facts in people.items() if holds(rule, facts)}


def test_a_thousand_generated_rules_have_the_same_members_in_python_and_in_sql(db, people):
    draw = Rules(random.Random(20))
    rules = []
    while len(rules) < 1000:
        rule = draw.condition(3)
        if not check(rule, roots=ROOTS):
            rules.append(rule)
    told = 0
    for start in range(0, len(rules), 20):
        some = rules[start : start + 20]
        for rule, found in zip(some, members_in_sql(db, some), strict=True):
            assert found == members_in_python(people, rule), rule
            told += 0 < len(found) < len(people)
    assert told > 300, "rules that tell people apart"


@pytest.mark.parametrize(
    "rule",
    [
        {"!": {"<=": [{"var": "scores.nps"}, 6]}},
        {"in": ["", {"var": "customer.attributes.tier"}]},
        {"==": [{"var": "customer.attributes.sports"}, {"var": "customer.attributes.tier"}]},
        {"==": [{"var": "customer.attributes.sports"}, {"var": "customer.attributes.sports"}]},
        {"in": [{"var": "customer.attributes.points"}, {"var": "customer.attributes.sports"}]},
        {"in": ["/brand/south/", {"var": "place.path"}]},
        {"<=": [{"var": "scores.nps.days"}, 0]},
        {">=": [{"date": {"var": "scores.nps.at"}}, {"date": "2026-03-10T08:59:59.000001Z"}]},
        {"==": [{"var": "scores.nps.at"}, "2026-03-10T09:00:00.000000Z"]},
        {"==": [{"+": [0.1, 0.2]}, 0.30000000000000004]},
        {">": [{"/": [{"var": "customer.attributes.points"}, 1e-200]}, 0]},
        {"==": [{"*": [*([1e15] * 9), {"var": "scores.nps"}]}, 0]},
        {"==": [{"*": [*([1e-15] * 40), {"var": "scores.nps"}]}, 0]},
        {"==": [{"/": [{"var": "scores.nps"}, {"var": "scores.csat"}]}, 2]},
        {"in": [{"var": "value.stage"}, ["regular", "ambassador"]]},
        {"!=": [{"var": "value.stage"}, "prospect"]},
    ],
)  # fmt: skip
def test_what_is_easily_got_wrong(db, people, rule):
    assert not check(rule, roots=ROOTS)
    (found,) = members_in_sql(db, [rule])
    assert found == members_in_python(people, rule)


def test_the_longest_and_the_deepest_rule_can_be_asked(db, people):
    deep = {"var": "scores.nps"}
    for _ in range(8):
        deep = {"+": [deep, 1]}
    many = {"==": [{"+": [1] * 150 + [{"var": "scores.nps"}]}, 159]}
    either = {"or": [{"==": [{"var": "persona.key"}, "gift_giver" if n else ""]} for n in range(60)]}
    turned = {"==": [{"var": "scores.nps"}, 9]}
    for _ in range(16):
        turned = {"!": turned}
    for rule in (many, either, {">": [deep, 10]}, turned):
        assert not check(rule, roots=ROOTS)
        (found,) = members_in_sql(db, [rule])
        assert found == members_in_python(people, rule)
        assert found
        assert len(condition_of(rule, d=Dialect("postgresql"), now=NOW).sql) < 50_000


def test_each_number_and_each_time_of_ours_has_a_column():
    plain = {one.name for one in VARIABLES.values() if one.kind in {"number", "time", "days"} and not one.column}
    assert not plain, "a key among a million facts takes seven times as long to look up"


def test_who_was_drawn_before_there_were_the_columns_is_written_into_them(db, people, database_url):
    def columns():
        names = sorted(COLUMNS)
        found = db.session.execute(text(f"select customer_id, {', '.join(names)} from portraits order by customer_id"))
        rows = [tuple(row) for row in found]
        db.session.remove()
        return rows

    drawn = columns()
    assert all(any(values) for values in zip(*drawn, strict=True)), "each of them has something for somebody"
    engine, config = create_engine(database_url), Config()
    config.set_main_option("script_location", str(migrating.MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0043")
    engine.dispose()
    migrating.upgrade(database_url)
    assert columns() == drawn


def test_what_has_an_index_of_its_own_has_the_same_members_beside_what_has_none(db, people):
    columns = {"scores.nps": [9, 9.0, True, "9"], "persona.key": ["gift_giver"], "place.key": ["lyon", "oslo"],
               "value.stage": [*STAGES, 1]}  # fmt: skip
    rules = [
        {"and": [{"==": [{"var": "consent.surveys"}, True]}, {"==": [{"var": name}, value]}]}
        for name, values in columns.items()
        for value in values
    ]
    by_sql = members_in_sql(db, rules)
    assert by_sql == [members_in_python(people, rule) for rule in rules]
    assert sum(map(bool, by_sql)) > 5
