"""The scenarios, one module for what is broken in them; `ALL` lists them in the order of the table."""

from __future__ import annotations

from tests.faults.scenario import Scenario
from tests.faults.scenarios import clocks, database, dying, leases, provider, queue, racing

ALL: tuple[Scenario, ...] = (
    Scenario("1", "mail worker killed mid-send", dying.mail_worker_mid_send, short=False),
    Scenario("2", "killed between 202 and commit", dying.worker_behind_the_providers_yes, short=False),
    Scenario("3", "killed between queue and work", dying.worker_between_queue_and_work, short=False),
    Scenario("3b", "a job cut off, by the tests", tests=("tests/runtime/test_faults_queue.py",)),
    Scenario("4", "Redis away", queue.away_between_commit_and_queue),
    Scenario("5", "Redis emptied", queue.emptied_with_work_in_it),
    Scenario("6", "Redis full", queue.full),
    Scenario("7", "PostgreSQL restarted", database.restarted_under_submits),
    Scenario("8", "PostgreSQL killed under an import", database.killed_under_an_import),
    Scenario("11", "provider busy (429)", provider.busy),
    Scenario("12", "provider ill (500)", provider.ill),
    Scenario("13", "provider hangs, drips, cuts", provider.silent),
    Scenario("14", "provider says no (400, 401)", provider.closed),
    Scenario(
        "18",
        "submitted twice, and at once",
        tests=tuple(
            f"tests/services/test_responding.py::{name}"
            for name in (
                "test_a_double_click_answers_once",
                "test_twenty_equal_posts_of_a_page_in_the_middle_all_lead_on",
                "test_of_many_who_submit_at_once_one_is_heard",
                "test_who_goes_back_and_submits_again_before_the_end_edits",
            )
        ),
    ),
    Scenario(
        "19",
        "six agents claim 200 alerts",
        tests=(
            "tests/web/api/test_agents_at_once.py::test_each_alert_is_held_by_one_and_returns_when_its_holder_is_gone",
        ),
    ),
    Scenario("20", "an agent's claim runs out", leases.agent_gone, short=False),
    Scenario("20b", "claims that run out, by the tests", tests=("tests/services/test_claims.py",)),
    Scenario(
        "25",
        "slow senders, odd bodies",
        tests=("tests/runtime/test_slow_senders.py", "tests/hostile/test_served.py"),
    ),
    Scenario("36", "nights on which clocks change", clocks.nights_on_which_clocks_change),
    Scenario("36b", "quiet hours, by the tests", tests=("tests/domain/test_quiet_hours.py",)),
    Scenario("37", "clocks that are wrong", clocks.wrong_clocks_of_machines, doctor=False),
    Scenario("38", "six triggers at once", racing.six_triggers_at_once),
    Scenario("38b", "races to the cap, by the tests", tests=("tests/services/test_never_too_much.py",)),
)
"""1 to 3 stand in short in `tests/journeys`. In 37 no doctor is asked: it compares times of rows with those of the
feed, which a clock that falls back puts out of order."""
