"""Not pestering: who may be written to, when, and how often, whatever arrives in whatever order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vocapp.domain import contact_policy
from vocapp.domain.contact_policy import Contact, Decision, PolicySettings, Request, Standing
from vocapp.domain.preferences import LIMITS

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WILLING = Standing(consent=True)
DEFAULTS = PolicySettings()


def request(survey="s", priority=50, due_at=NOON, **rest):
    return Request(survey_key=survey, priority=priority, due_at=due_at, **rest)


def entry(at, survey="other", priority=50, *, sent=True, number=1):
    return Contact(UUID(int=number), at, survey, priority, sent)


def decide(a_request=None, standing=WILLING, ledger=(), answered_at=None, policy=DEFAULTS, now=NOON):
    return contact_policy.decide(a_request or request(), standing, ledger, answered_at, policy, now)


def recheck(a_request=None, standing=WILLING, ledger=(), policy=DEFAULTS, now=NOON, **rest):
    return contact_policy.recheck(a_request or request(), standing, ledger, policy, now, **rest)


def test_a_willing_person_is_asked_at_once():
    assert decide() == Decision("scheduled", None, NOON)
    assert recheck() == Decision("scheduled", None, NOON)


def test_an_apology_and_a_call_count_as_ours_and_another_tools_mail_for_the_cap_only():
    own = replace(WILLING, limit=LIMITS["weekly"])
    for kind, reason in (("recovery", "own_limit"), ("call", "own_limit"), ("invitation", None)):
        told = replace(entry(NOON - 4 * DAY, survey=None), kind=kind)
        assert recheck(standing=own, ledger=[told]).reason == reason
        rests = decide(ledger=[replace(told, at=NOON - DAY)])
        assert rests.reason == ("rest_any" if reason else None)


def test_what_only_time_is_in_the_way_of_goes_when_it_has_passed():
    apology = request(survey=None, kind="recovery")
    two = [entry(NOON - DAY), entry(NOON - 2 * DAY, number=2)]

    def next_time(standing=WILLING, ledger=()):
        return contact_policy.next_time(apology, standing, ledger, DEFAULTS, NOON)

    assert next_time(ledger=two) == NOON + 5 * DAY
    assert next_time(replace(WILLING, paused_until=NOON + DAY)) == NOON + DAY
    assert next_time(replace(WILLING, limit=LIMITS["monthly"]), two) == NOON + 30 * DAY
    assert next_time(replace(WILLING, paused_until=NOON + DAY, objected=True), two) is None


def test_a_survey_about_a_call_waits_for_its_place_in_the_week_as_long_as_it_may():
    asks = request(kind="recovery", due_at=NOON + DAY, waits_until=NOON + 9 * DAY)
    full = [entry(NOON - DAY), replace(entry(NOON, number=2), kind="call")]
    assert decide(asks, ledger=full) == Decision("scheduled", "cap", NOON + 6 * DAY)
    assert recheck(asks, ledger=full, now=NOON + DAY) == Decision("scheduled", "cap", NOON + 6 * DAY)
    assert decide(asks, ledger=[*full, entry(NOON + 5 * DAY, number=3, sent=False, priority=60)]).reason == "cap"
    short = replace(asks, waits_until=NOON + 5 * DAY)
    assert decide(short, ledger=full) == Decision("suppressed", "cap")
    assert recheck(short, now=NOON + 6 * DAY) == Decision("dropped", "hot_window")
    assert decide(asks, replace(WILLING, paused_until=NOON + DAY)) == Decision("suppressed", "paused")


# ── legal basis and blocks


@pytest.mark.parametrize(
    ("standing", "reason"),
    [
        (replace(WILLING, erased=True, suppressed_reason="bounce"), "erased"),
        (replace(WILLING, suppressed_reason="bounce"), "suppressed_bounce"),
        (replace(WILLING, suppressed_reason="complaint"), "suppressed_complaint"),
        (replace(WILLING, unsubscribed_at=NOON - DAY), "unsubscribed"),
        (replace(WILLING, objected=True), "objected"),
        (Standing(), "no_consent"),
        (Standing(consent=False), "no_consent"),
        (replace(WILLING, paused_until=NOON + HOUR), "paused"),
    ],
)
@pytest.mark.parametrize("channel", ["email", "link"])
@pytest.mark.parametrize("look", [decide, recheck])
def test_a_block_suppresses_on_every_channel_before_and_at_the_moment_of_sending(look, channel, standing, reason):
    assert look(request(channel=channel), standing) == Decision("suppressed", reason)


def test_without_an_address_there_is_no_mail_but_a_link():
    nowhere = replace(WILLING, has_address=False)
    assert decide(request(), nowhere).reason == "no_address"
    assert decide(request(channel="link"), nowhere).status == "scheduled"


@pytest.mark.parametrize(
    ("basis", "standing", "reason"),
    [
        ("consent", Standing(), "no_consent"),
        ("legitimate_interest", Standing(), None),
        ("contract", Standing(), None),
        ("legitimate_interest", Standing(consent=False), "objected"),
        ("contract", Standing(objected=True), "objected"),
        ("legitimate_interest", Standing(consent=True, objected=True), "objected"),
        ("contract", Standing(must_consent=True), "no_consent"),
        ("contract", Standing(must_consent=True, consent=True), None),
    ],
)
def test_the_legal_basis_is_per_purpose_and_an_objection_is_always_respected(basis, standing, reason):
    policy = PolicySettings.read({"legal_bases": {"Customer-Feedback": basis}})
    assert decide(standing=standing, policy=policy).reason == reason


def test_a_pause_ends_by_itself():
    assert decide(standing=replace(WILLING, paused_until=NOON)).status == "scheduled"


# ── rests


@pytest.mark.parametrize(("days", "reason"), [(89, "rest_same_survey_answered"), (90, None)])
def test_who_answered_a_survey_is_left_in_peace_by_it(days, reason):
    assert decide(answered_at=NOON - days * DAY).reason == reason
    assert recheck(answered_at=NOON - days * DAY).reason == reason


@pytest.mark.parametrize(("days", "reason"), [(29, "rest_same_survey_invited"), (30, None)])
def test_who_was_invited_to_a_survey_is_not_invited_to_it_again_soon(days, reason):
    assert decide(request(priority=99), ledger=[entry(NOON - days * DAY, "s", 1)]).reason == reason


@pytest.mark.parametrize(
    ("ago", "priority", "reason"),
    [(2 * DAY, 50, "rest_any"), (2 * DAY, 51, "rest_any"), (2 * DAY, 49, None), (3 * DAY, 99, None)],
)
def test_any_invitation_gives_a_rest_that_only_a_higher_priority_breaks(ago, priority, reason):
    assert decide(ledger=[entry(NOON - ago, priority=priority)]).reason == reason


def test_a_planned_invitation_gives_a_rest_too_before_and_after():
    assert decide(ledger=[entry(NOON + 2 * DAY, sent=False)]).reason == "rest_any"


@pytest.mark.parametrize("kind", ["reminder", "recovery"])
def test_reminders_and_recovery_surveys_ignore_the_rests_but_never_the_cap(kind):
    ledger = [entry(NOON - DAY, "s")]
    assert decide(request(kind=kind), ledger=ledger, answered_at=NOON - DAY).status == "scheduled"
    ledger.append(entry(NOON - 6 * DAY, number=2))
    assert decide(request(kind=kind), ledger=ledger).reason == "cap"
    assert recheck(request(kind=kind), ledger=ledger).reason == "cap"


# ── the cap


@pytest.mark.parametrize(
    ("ledger", "reason"),
    [
        ([entry(NOON - 6 * DAY), entry(NOON - 4 * DAY)], "cap"),
        ([entry(NOON - 7 * DAY), entry(NOON - 4 * DAY)], None),
        ([entry(NOON - 7 * DAY + timedelta(seconds=1)), entry(NOON - 4 * DAY)], "cap"),
        ([entry(NOON - 6 * DAY), entry(NOON + 4 * DAY, sent=False)], "cap"),
        ([entry(NOON - HOUR, None), entry(NOON - 4 * DAY)], "cap"),
    ],
)
def test_never_more_than_two_in_seven_days_planned_and_foreign_mail_included(ledger, reason):
    assert decide(ledger=ledger).reason == reason


def test_mail_of_another_tool_gives_no_rest_between_surveys():
    assert decide(ledger=[entry(NOON - HOUR, None)]).status == "scheduled"


def test_of_two_that_compete_for_one_place_the_more_important_goes():
    planned = entry(NOON + HOUR, priority=40, sent=False)
    assert decide(ledger=[planned]) == Decision("scheduled", None, NOON, (planned.id,))
    assert decide(request(priority=40), ledger=[planned]).reason == "rest_any"


def test_the_least_important_planned_entry_gives_up_its_place_and_nothing_sent_does():
    sent = entry(NOON - 4 * DAY, priority=10, number=1)
    planned = entry(NOON + 5 * DAY, priority=20, sent=False, number=2)
    assert decide(ledger=[sent, planned]).outranks == (planned.id,)
    assert decide(ledger=[sent, replace(planned, priority=50)]).reason == "cap"
    assert decide(ledger=[sent, replace(planned, sent=True)]).reason == "cap"


def test_at_the_moment_of_sending_only_what_was_sent_counts():
    planned = [entry(NOON + HOUR, sent=False, number=1), entry(NOON - HOUR, sent=False, number=2)]
    assert recheck(ledger=planned).status == "scheduled"
    assert recheck(ledger=[entry(NOON - 6 * DAY), entry(NOON - 4 * DAY)]).reason == "cap"


@pytest.mark.parametrize("priorities", [[50] * 20, list(range(20)), list(range(20, 0, -1))])
def test_twenty_simultaneous_triggers_make_one_invitation(priorities):
    ledger: list[Contact] = []
    for number, priority in enumerate(priorities):
        decision = decide(request(f"s{number}", priority), ledger=ledger)
        if decision.status == "scheduled":
            ledger = [one for one in ledger if one.id not in decision.outranks]
            ledger.append(Contact(UUID(int=number), decision.send_at, f"s{number}", priority, sent=False))
        else:
            assert decision.reason == "rest_any"
    assert [one.priority for one in ledger] == [max(priorities)]


# ── links


def test_a_link_ignores_rests_cap_quiet_hours_and_the_hot_window():
    ledger = [entry(NOON - HOUR, "s", number=1), entry(NOON - 2 * HOUR, number=2)]
    night = NOON.replace(hour=23)
    late = request(channel="link", occurred_at=NOON - 9 * DAY)
    assert decide(late, ledger=ledger, answered_at=NOON, now=night) == Decision("scheduled", None, night)
    assert recheck(late, ledger=ledger, now=night) == Decision("scheduled", None, night)


# ── quiet hours and the hot window


def test_quiet_hours_defer_on_the_customers_clock_else_the_workspaces():
    night, morning = datetime(2026, 3, 2, 19, 30, tzinfo=UTC), datetime(2026, 3, 3, 7, tzinfo=UTC)
    in_paris = replace(WILLING, zone="Europe/Paris")
    assert decide(standing=in_paris, now=night) == Decision("scheduled", "quiet_hours", morning)
    assert recheck(standing=in_paris, now=night) == Decision("scheduled", "quiet_hours", morning)
    nowhere = replace(WILLING, zone="Mars/Olympus", workspace_zone="Europe/Paris")
    assert decide(standing=nowhere, now=night).send_at == morning
    assert decide(standing=replace(WILLING, zone="America/New_York"), now=night).send_at == night


def test_an_invitation_deferred_past_its_hot_window_is_dropped():
    night = NOON.replace(hour=21)
    hot = request(due_at=night, occurred_at=night - HOUR, hot_for=12 * HOUR)
    assert decide(hot, now=night).status == "scheduled"  # 08:00, the twelfth hour just ends
    cold = replace(hot, hot_for=11 * HOUR)
    assert decide(cold, now=night) == Decision("dropped", "hot_window")
    assert recheck(cold, now=night) == Decision("dropped", "hot_window")


def test_the_hot_window_is_for_first_invitations_with_an_occasion():
    late = request(occurred_at=NOON - 3 * DAY)
    assert decide(late) == Decision("dropped", "hot_window")
    assert recheck(late) == Decision("dropped", "hot_window")
    assert decide(replace(late, kind="reminder")).status == "scheduled"
    assert decide(replace(late, occurred_at=None)).status == "scheduled"
    assert decide(replace(late, hot_for=None)).status == "scheduled"


def test_without_quiet_hours_the_night_will_do():
    policy = PolicySettings.read({"quiet_from": None, "quiet_to": None})
    assert decide(policy=policy, now=NOON.replace(hour=23)).send_at == NOON.replace(hour=23)


# ── what the customer's document says


def test_the_outlook_tells_when_the_next_mail_may_go():
    def outlook(standing=WILLING, ledger=(), now=NOON, policy=DEFAULTS):
        found = contact_policy.outlook(standing, ledger, policy, now)
        return found.allowed, found.reason, found.next_allowed_at, found.sent_last_7_days

    night, morning = NOON.replace(hour=22), NOON.replace(hour=8) + DAY
    assert outlook() == (True, None, NOON, 0)
    assert outlook(now=night) == (True, None, morning, 0)  # allowed, and not before the morning
    assert outlook(Standing()) == (False, "no_consent", None, 0)
    assert outlook(ledger=[entry(NOON - DAY)]) == (False, "rest_any", NOON + 2 * DAY, 1)
    assert outlook(replace(WILLING, paused_until=NOON + 9 * DAY)) == (False, "paused", NOON + 9 * DAY, 0)
    two = [entry(NOON - 6 * DAY, number=1), entry(NOON - 4 * DAY, number=2)]
    assert outlook(ledger=two) == (False, "cap", NOON + DAY, 2)
    assert outlook(policy=PolicySettings(cap=0)) == (False, "cap", None, 0)


# ── settings


def test_settings_keep_their_defaults():
    assert PolicySettings.read({}) == DEFAULTS
    read = PolicySettings.read({"cap": 1, "quiet_from": "21:30", "quiet_to": "07:00", "link_life_days": 10})
    assert (read.cap, read.quiet_from, read.quiet_to) == (1, time(21, 30), time(7))


@pytest.mark.parametrize(
    ("document", "key"),
    [
        ({"caps": 2}, "caps"),
        ({"cap": "2"}, "cap"),
        ({"cap": True}, "cap"),
        ({"cap": -1}, "cap"),
        ({"window_days": 0}, "window_days"),
        ({"rest_any_days": 400}, "rest_any_days"),
        ({"rest_same_answered_days": 1.5}, "rest_same_answered_days"),
        ({"quiet_from": "8pm"}, "quiet_from"),
        ({"quiet_from": 20}, "quiet_from"),
        ({"quiet_to": "24:00"}, "quiet_to"),
        ({"quiet_from": None}, "quiet_to"),
        ({"quiet_from": "08:00"}, "quiet_to"),
        ({"legal_bases": ["consent"]}, "legal_bases"),
        ({"legal_bases": {"surveys": "because"}}, "legal_bases"),
        ({"legal_bases": {"surveys": []}}, "legal_bases"),
    ],
)
def test_a_setting_that_is_not_understood_is_refused_by_its_name(document, key):
    with pytest.raises(ValueError, match=f"^{key}: "):
        PolicySettings.read(document)


# ── whatever happens

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["trigger", "trigger", "link", "work", "work"]),
        st.integers(0, 30),  # hours that pass before
        st.integers(0, 3),  # which survey
        st.integers(0, 3),  # its priority
        st.sampled_from(["invitation", "reminder", "recovery", "waiting"]),  # the last: a recovery that may wait
        st.integers(0, 100),  # delay in hours
    ),
    max_size=60,
)


@settings(deadline=None, max_examples=150)
@given(steps=STEPS, policy=st.sampled_from([DEFAULTS, PolicySettings(rest_any_days=0, rest_same_invited_days=0)]))
def test_never_three_mails_in_any_seven_days_and_never_one_in_quiet_hours(steps, policy):
    person = replace(WILLING, zone="Pacific/Chatham")
    now, number = NOON, 0
    ledger: dict[UUID, Contact] = {}
    waiting: dict[UUID, Request] = {}
    mails: list[datetime] = []
    for what, hours, survey, priority, kind, delay in steps:
        now += hours * HOUR
        if what == "work":
            for key, due in [(key, ledger[key].at) for key in waiting]:
                if due > now:
                    continue
                others = [one for one in ledger.values() if one.id != key]
                decision = recheck(waiting[key], person, others, policy, now)
                if decision.status != "scheduled":
                    del waiting[key], ledger[key]
                elif decision.send_at == now:
                    assert waiting[key].waits_until is None or now <= waiting[key].waits_until
                    del waiting[key]
                    ledger[key] = replace(ledger[key], at=now, sent=True)
                    mails.append(now)
                else:
                    assert decision.send_at > now
                    ledger[key] = replace(ledger[key], at=decision.send_at)
            continue
        number += 1
        key = UUID(int=number)
        channel, waits = "link" if what == "link" else "email", {}
        if kind == "waiting":
            waits = {"waits_until": now + 10 * DAY}
        kind_of = "recovery" if waits else kind
        asked = request(f"s{survey}", priority, now + delay * HOUR, kind=kind_of, channel=channel, **waits)
        decision = decide(asked, person, list(ledger.values()), policy=policy, now=now)
        if decision.status == "scheduled":
            for outranked in decision.outranks:
                assert ledger.pop(outranked).priority < priority
                del waiting[outranked]
            ledger[key] = Contact(key, decision.send_at, f"s{survey}", priority, sent=what == "link")
            if what != "link":
                waiting[key] = asked
    for first, third in zip(mails, mails[2:], strict=False):
        assert third - first >= 7 * DAY
    assert all(decide(standing=person, now=at).send_at == at for at in mails), "a mail left in quiet hours"
