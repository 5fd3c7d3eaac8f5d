"""A person is asked, refused by a mail server that quotes them, and answers: the processes' logs do not know them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.journeys.story import ANGRY, answer, happened, publish, somebody, survey
from tests.rig.installed import installed_data_dir
from tests.rig.run import Run
from tests.rig.smtp import SmtpPeer
from tests.rig.waiting import wait_until


@pytest.mark.slow
def test_no_process_logs_an_address_a_verbatim_or_a_link(
    new_product, run: Run, smtp_peer: SmtpPeer, tmp_path: Path
) -> None:
    settings = {"LOG_LEVEL": "DEBUG", **smtp_peer.settings}
    product = new_product(settings=settings, data_dir=installed_data_dir(run)).start()
    api = product.machine()
    publish(api, survey())
    ada, bo = somebody("leaky"), somebody("leaky", phone="+33611223399")
    smtp_peer.refuse_address(bo["email"])
    api.post("/api/v1/events", {"events": [happened(ada), happened(bo)]}).expect(202)
    mail = smtp_peer.wait_for(1, seconds=60)[0]
    text = mail.message.get_body(("plain",)).get_content()
    link = next(word for word in text.split() if "/s/" in word)
    answer(product.person(), link, {"nps": "2", "why": ANGRY, "trouble": ["late"], "again": "no", "buys_for": "self"})
    wait_until(lambda: api.get("/api/v1/alerts").expect(200).json()["data"], 60, what="an alert")
    rows = tmp_path / "customers.csv"
    rows.write_text(f"external_id,email\nx-1,{ada['email']}, no column\nx-2,nonsense\n")
    product.command("customers", "import", str(rows), check=False)
    product.person().get(f"/nowhere/{ada['email']}", q=ANGRY).expect(404)
    assert product.stop() == 0
    said = product.printed
    assert "event='request'" in said
    token = link.rpartition("/")[2].partition("?")[0]
    for never in (*(person["email"] for person in (ada, bo)), "leaky-", "611223399", "honte", "cass", token):
        assert never not in said, [line for line in said.splitlines() if never in line][:5]
