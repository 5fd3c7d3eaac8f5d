"""A person answers, at once with themselves and with others: one response, one signal, one alert, exact counters."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from tests.builders import BUYS_FOR, CSAT, NPS, WHY, House, Page, answer
from tests.erased import counters
from tests.watching import at_once
from vocapp.app import add_doors
from vocapp.models import Alert, Attribute, Change, Counter, Customer, Fact, Response, Signal, database_now
from vocapp.services import closing, counting, responding

pytestmark = pytest.mark.both_databases


@pytest.fixture
def house(app: Flask) -> House:
    return House(app)


@pytest.fixture
def crowd(make_settings, postgres_url: str) -> House:
    """A house on PostgreSQL, with its doors, for many at once."""
    from vocapp.app import create_app
    from vocapp.models import db

    app = add_doors(create_app(make_settings(database_url=postgres_url, web_threads=50)))
    yield House(app)
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


def post_at_once(house: House, path: str, forms: list[dict[str, str]]) -> list[int]:
    return at_once(*[lambda form=form: house.app.test_client().post(path, data=form).status_code for form in forms])


def differences(house: House) -> list[counting.Difference]:
    with house.reading():
        return counting.verify(workspace_id=house.id)


def counted(house: House, question: str) -> dict[str, int]:
    sums: dict[str, int] = {}
    for (*_, about, bucket), n in counters(house).items():
        if about == question:
            sums[bucket] = sums.get(bucket, 0) + n
    return sums


# ── at once


def test_a_double_click_answers_once(house: House, client: FlaskClient) -> None:
    house.survey(questions=[NPS, WHY])
    house.customer()
    path = house.link(house.invite())
    first = client.post(path, data={"_page": "0", "nps": "3"})
    [before] = house.rows(Response)
    again = client.post(path, data={"_page": "0", "nps": "3"})
    [after] = house.rows(Response)
    assert (first.status_code, again.status_code) == (200, 200)
    assert Page(again.text).fields == ["why"]
    assert after.revision == before.revision
    assert client.post(path, data={"_page": "1", "why": "Late."}).status_code == 200
    assert client.post(path, data={"_page": "1", "why": "Late."}).status_code == 410
    house.work()
    assert len(house.rows(Response)) == len(house.rows(Signal)) == len(house.rows(Alert)) == 1
    assert differences(house) == []


def test_twenty_equal_posts_of_a_page_in_the_middle_all_lead_on(crowd: House) -> None:
    crowd.survey(questions=[NPS, WHY])
    crowd.customer()
    path = crowd.link(crowd.invite())
    assert post_at_once(crowd, path, [{"_page": "0", "nps": "3"}] * 20) == [200] * 20
    [response] = crowd.rows(Response)
    assert (response.status, response.answers, response.pages) == ("partial", {"nps": 3}, [["nps"], ["why"]])


@pytest.mark.parametrize(
    "forms",
    [
        pytest.param([{"_page": "0", "nps": "2", "why": "Late."}] * 20, id="twenty equal posts"),
        pytest.param([{"_page": "0", "nps": str(n % 7), "why": f"No. {n}"} for n in range(50)], id="fifty different"),
    ],
)
def test_of_many_who_submit_at_once_one_is_heard(crowd: House, forms: list[dict[str, str]]) -> None:
    crowd.survey(layout="page", questions=[NPS, WHY])
    crowd.customer()
    path = crowd.link(crowd.invite())
    replies = post_at_once(crowd, path, forms)
    assert sorted(replies) == [200] + [410] * (len(forms) - 1)
    won = forms[replies.index(200)]
    [response] = crowd.rows(Response)
    assert response.status == "completed"
    assert response.answers == {"nps": int(won["nps"]), "why": won["why"]}
    assert counted(crowd, "@nps") == {won["nps"]: 1}
    assert [fact.kind for fact in crowd.rows(Fact)] == ["ResponseCompleted", "SignalRaised"]
    crowd.work()
    assert len(crowd.rows(Signal)) == 1
    assert len(crowd.rows(Alert)) == 1
    assert len(crowd.rows(Change, Change.stream == "responses")) == 1
    assert differences(crowd) == []


def test_many_people_at_once_are_all_counted(crowd: House) -> None:
    crowd.survey(layout="page", questions=[NPS, BUYS_FOR])
    paths = []
    for number in range(16):
        crowd.customer(f"c{number}")
        paths.append(crowd.link(crowd.invite(f"c{number}")))
    form = {"_page": "0", "nps": "9", "buys_for": "gift"}
    replies = at_once(*[lambda path=path: crowd.app.test_client().post(path, data=form).status_code for path in paths])
    assert replies == [200] * 16
    assert counted(crowd, "@nps") == {"9": 16}
    assert counted(crowd, "buys_for") == {"gift": 16}
    assert differences(crowd) == []


def test_the_counters_are_rebuilt_while_people_answer(crowd: House) -> None:
    crowd.survey(layout="page", questions=[NPS])
    paths = []
    for number in range(12):
        crowd.customer(f"c{number}")
        paths.append(crowd.link(crowd.invite(f"c{number}")))

    def rebuild() -> None:
        for _ in range(3):
            with crowd.writing():
                counting.rebuild(workspace_id=crowd.id)

    def answered(path: str) -> int:
        return crowd.app.test_client().post(path, data={"_page": "0", "nps": "9"}).status_code

    replies = at_once(rebuild, *[lambda path=path: answered(path) for path in paths])
    assert replies[1:] == [200] * 12
    assert counted(crowd, "@nps") == {"9": 12}
    assert differences(crowd) == []


# ── back, and again


def test_who_goes_back_and_submits_again_before_the_end_edits(house: House, client: FlaskClient) -> None:
    house.survey(questions=[NPS, {**WHY, "ask_if": {"<=": [{"var": "answers.nps"}, 6]}}, BUYS_FOR])
    house.customer()
    path = house.link(house.invite())
    client.post(path, data={"_page": "0", "nps": "3"})
    client.post(path, data={"_page": "1", "why": "Late."})
    back = Page(client.get(f"{path}?page=0").text)
    assert ("nps", "3") in back.checked
    # now happy: `why` leaves the path, and what was asked already comes again
    assert Page(client.post(path, data={**back.hidden, "nps": "9"}).text).fields == ["buys_for"]
    assert Page(client.post(path, data={"_page": "2", "buys_for": "gift"}).text).state == "completed"
    [response] = house.rows(Response)
    assert response.answers == {"nps": 9, "why": "Late.", "buys_for": "gift"}
    assert response.void == ["why"]
    assert response.pages == [["nps"], ["why"], ["buys_for"]]
    assert response.nps == 9
    assert house.rows(Signal) == []
    assert counted(house, "@nps") == {"9": 1}
    assert counted(house, "why") == {}
    assert differences(house) == []


def test_who_comes_back_goes_on_where_they_were(house: House, client: FlaskClient) -> None:
    house.survey(questions=[NPS, WHY, BUYS_FOR])
    house.customer()
    path = house.link(house.invite())
    client.post(path, data={"_page": "0", "nps": "9"})
    again = Page(client.get(path).text)
    assert again.fields == ["why"]
    [response] = house.rows(Response)
    assert (response.status, response.answers, response.counted_on) == ("partial", {"nps": 9}, None)
    assert counters(house) == {}


def test_an_edit_published_meanwhile_does_not_change_under_a_person_under_way(
    house: House, client: FlaskClient
) -> None:
    house.survey(questions=[NPS, WHY])
    house.customer()
    house.customer("ben")
    path = house.link(house.invite())
    client.post(path, data={"_page": "0", "nps": "9"})
    house.survey(questions=[CSAT, {**WHY, "required": True}])
    assert answer(client, path, {}) == [["why"]]
    other = house.link(house.invite("ben"))
    assert answer(client, other, {"csat": "5", "why": "Good."}) == [["csat"], ["why"]]
    versions = {response.survey_version: response.answers for response in house.rows(Response)}
    assert versions == {1: {"nps": 9}, 2: {"csat": 5, "why": "Good."}}
    assert differences(house) == []


# ── what is known


def test_a_fresh_known_value_is_not_asked_is_recorded_and_is_never_counted(house: House, client: FlaskClient) -> None:
    house.survey(questions=[NPS, BUYS_FOR, {**WHY, "ask_if": {"==": [{"var": "answers.buys_for"}, "gift"]}}])
    house.customer(attributes={"buys_for": "gift"})
    path = house.link(house.invite())
    assert answer(client, path, {"nps": "9", "why": "For Mum."}) == [["nps"], ["why"]]  # the rule sees what is known
    [response] = house.rows(Response)
    assert [(known["key"], known["value"], known["source"]) for known in response.skipped_known] == [
        ("buys_for", "gift", "crm")
    ]
    assert "buys_for" not in response.answers
    assert counted(house, "buys_for") == {}
    assert differences(house) == []


def test_a_stale_value_is_asked_again_and_the_answer_goes_into_the_profile(house: House, client: FlaskClient) -> None:
    house.survey(questions=[NPS, BUYS_FOR])
    customer_id = house.customer()
    house.attribute(customer_id, "buys_for", "gift", at=house.now - timedelta(days=200))
    assert answer(client, house.link(house.invite()), {"nps": "9", "buys_for": "self"}) == [["nps"], ["buys_for"]]
    [held] = house.rows(Attribute)
    [response] = house.rows(Response)
    assert (held.value, held.source) == ("self", f"response:{response.id}")
    [customer] = house.rows(Customer)
    assert (customer.nps_value, customer.nps_at) == (9, response.completed_at)
    assert counted(house, "buys_for") == {"self": 1}


def test_what_the_response_itself_told_the_profile_does_not_change_its_path(house: House, client: FlaskClient) -> None:
    house.survey(questions=[BUYS_FOR, NPS])
    house.customer()
    path = house.link(house.invite())
    client.post(path, data={"_page": "0", "buys_for": "gift"})
    back = Page(client.get(f"{path}?page=0").text)
    assert back.fields == ["buys_for"]
    client.post(path, data={"_page": "0", "buys_for": "self"})
    assert [held.value for held in house.rows(Attribute)] == ["self"]
    client.post(path, data={"_page": "1", "nps": "9"})
    [response] = house.rows(Response)
    assert (response.answers, response.skipped_known) == ({"buys_for": "self", "nps": 9}, [])
    assert differences(house) == []


# ── what is taken back

GIFT_FOR = {**WHY, "key": "gift_for", "type": "short_text", "attribute": "gift_for"}
IF_GIFT = {"ask_if": {"==": [{"var": "answers.buys_for"}, "gift"]}}


def profile(house: House) -> dict[str, object]:
    return {held.key: held.value for held in house.rows(Attribute)}


def test_an_answer_that_leaves_the_path_leaves_the_profile_and_comes_back_with_it(
    house: House, client: FlaskClient
) -> None:
    house.survey(questions=[BUYS_FOR, {**GIFT_FOR, **IF_GIFT}, NPS])
    house.customer()
    path = house.link(house.invite())
    client.post(path, data={"_page": "0", "buys_for": "gift"})
    client.post(path, data={"_page": "1", "gift_for": "Mum"})
    assert profile(house) == {"buys_for": "gift", "gift_for": "Mum"}
    before = house.rows(Change, Change.stream == "customers")[0].number
    client.post(path, data={"_page": "0", "buys_for": "self"})
    assert profile(house) == {"buys_for": "self", "gift_for": None}
    assert house.rows(Change, Change.stream == "customers")[0].number > before
    client.post(path, data={"_page": "0", "buys_for": "gift"})
    assert profile(house) == {"buys_for": "gift", "gift_for": "Mum"}


def test_an_answer_that_is_cleared_is_known_no_longer(house: House, client: FlaskClient) -> None:
    house.survey(questions=[GIFT_FOR, NPS])
    house.customer()
    path = house.link(house.invite())
    client.post(path, data={"_page": "0", "gift_for": "Mum"})
    client.post(path, data={"_page": "0", "gift_for": ""})
    assert profile(house) == {"gift_for": None}
    assert answer(client, house.link(house.invite()), {"gift_for": "Dad", "nps": "9"}) == [["gift_for"], ["nps"]]
    assert profile(house) == {"gift_for": "Dad"}


def test_what_somebody_else_told_since_stays(house: House, client: FlaskClient) -> None:
    house.survey(questions=[BUYS_FOR, {**GIFT_FOR, **IF_GIFT}, NPS])
    customer_id = house.customer()
    invitation_id = house.invite()
    path = house.link(invitation_id)
    client.post(path, data={"_page": "0", "buys_for": "gift"})
    client.post(path, data={"_page": "1", "gift_for": "Mum"})
    with house.reading():
        sitting = responding.open_sitting(invitation_id=invitation_id)
    house.attribute(customer_id, "gift_for", "Dad", at=house.now)  # between our look and our write
    with house.reading():
        assert sitting is not None
        assert responding.take_page(sitting=sitting, page=0, given={"buys_for": "self"}) is not None
    assert profile(house) == {"buys_for": "self", "gift_for": "Dad"}


def test_of_two_questions_on_one_attribute_the_one_on_the_path_tells(house: House, client: FlaskClient) -> None:
    other = {**GIFT_FOR, "key": "other", "ask_if": {"!=": [{"var": "answers.buys_for"}, "gift"]}}
    house.survey(questions=[BUYS_FOR, {**GIFT_FOR, **IF_GIFT}, other, NPS, WHY])
    house.customer()
    path = house.link(house.invite())
    client.post(path, data={"_page": "0", "buys_for": "gift"})
    client.post(path, data={"_page": "1", "gift_for": "Mum"})
    client.post(path, data={"_page": "0", "buys_for": "self"})
    asked = Page(client.post(path, data={"_page": "2", "nps": "9"}).text)
    client.post(path, data={**asked.hidden, "other": "Nobody"})
    assert (asked.fields, profile(house)["gift_for"]) == (["other"], "Nobody")
    client.post(path, data={"_page": "0", "buys_for": "gift"})
    assert profile(house)["gift_for"] == "Mum"


# ── left unfinished


def test_a_response_left_for_a_week_is_closed_and_counted_as_partial(house: House, client: FlaskClient) -> None:
    house.survey(questions=[NPS, WHY])
    for name in ("ada", "ben"):
        house.customer(name)
    path, fresh = house.link(house.invite()), house.link(house.invite("ben"))
    client.post(path, data={"_page": "0", "nps": "9"})
    client.post(fresh, data={"_page": "0", "nps": "2"})
    ada = next(one for one in house.rows(Response) if one.answers == {"nps": 9})
    with house.writing() as session:
        session.get(Response, (house.id, ada.id)).answered_at = ada.answered_at - timedelta(days=8)
    with house.writing():
        assert closing.close_partial_responses(workspace_id=house.id, now=database_now()) == 1
    with house.writing():
        assert closing.close_partial_responses(workspace_id=house.id, now=database_now()) == 0
    assert counted(house, "") == {"partial": 1}
    assert counted(house, "nps") == counted(house, "@nps") == {"9": 1}
    assert {one.nps for one in house.rows(Response)} == {9, None}  # the row says what is counted
    assert differences(house) == []
    gone = client.get(path)
    assert gone.status_code == client.post(path, data={"_page": "1", "why": "x"}).status_code == 410
    assert Page(client.get(fresh).text).fields == ["why"]
    assert differences(house) == []


def test_a_page_posted_while_it_is_being_closed_is_not_lost_in_between(crowd: House) -> None:
    crowd.survey(questions=[NPS, WHY])
    crowd.customer()
    invitation_id = crowd.invite()
    path = crowd.link(invitation_id)
    crowd.app.test_client().post(path, data={"_page": "0", "nps": "3"})
    [response] = crowd.rows(Response)
    with crowd.writing() as session:
        session.get(Response, (crowd.id, response.id)).answered_at = response.answered_at - timedelta(days=8)

    def close() -> None:
        with crowd.writing():
            closing.close_partial_responses(workspace_id=crowd.id, now=database_now())

    _, status = at_once(close, lambda: crowd.app.test_client().post(path, data={"_page": "1", "why": "x"}).status_code)
    [response] = crowd.rows(Response)
    assert (response.status, status) in {("completed", 200), ("partial", 410)}
    assert differences(crowd) == []


def test_a_wrong_counter_is_found_and_mended(house: House, client: FlaskClient) -> None:
    house.survey(questions=[NPS])
    house.customer()
    answer(client, house.link(house.invite()), {"nps": "9"})
    with house.writing() as session:
        counting.add_up()
        session.execute(update(Counter).where(Counter.question == "@nps").values(n=5))
    [wrong] = differences(house)
    assert (wrong.key["bucket"], wrong.counted, wrong.rows) == ("9", 5, 1)
    with house.writing():
        counting.rebuild(workspace_id=house.id)
    assert differences(house) == []


def test_a_sitting_that_is_closed_takes_no_page(house: House, client: FlaskClient) -> None:
    house.survey()
    house.customer()
    invitation_id = house.invite()
    with house.reading():
        sitting = responding.open_sitting(invitation_id=invitation_id)
    assert sitting is not None
    answer(client, house.link(invitation_id), {"nps": "9"})
    with house.reading():
        assert responding.take_page(sitting=sitting, page=0, given={"nps": 1}) is None
    assert [response.answers for response in house.rows(Response)] == [{"nps": 9}]
