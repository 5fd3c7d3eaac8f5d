"""Where no request goes: judged when an address is kept, and again when it is called."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocapp.adapters import webhooks
from vocapp.adapters.webhooks import TargetRefused, Unreachable, check, read_target
from vocapp.adapters.webhooks.targets import may_be_called

NEVER = [
    "http://127.0.0.1/", "https://127.0.0.1/", "https://127.1/", "https://127.0.1/", "https://0/", "https://0.0.0.0/",
    "https://2130706433/", "https://0x7f000001/", "https://0x7f.0.0.1/", "https://0177.0.0.1/", "https://017700000001/",
    "https://127.0.0.1./", "https://①②⑦.⓪.⓪.①/", "https://127。0。0。1/", "https://localhost/", "https://LOCALHOST./",
    "https://foo.localhost/", "https://db.internal/", "https://printer.local/", "https://intranet/",
    "https://[::1]/", "https://[::]/", "https://[::127.0.0.1]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/",
    "https://[0:0:0:0:0:ffff:127.0.0.1]/", "https://[::ffff:0:127.0.0.1]/", "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b:1::1]/", "https://[2002:7f00:1::]/", "https://[2001::1]/", "https://[2001:db8::1]/",
    "https://[fe80::1]/", "https://[fe80::1%25eth0]/", "https://[fc00::1]/", "https://[fd00:ec2::254]/",
    "https://[ff02::1]/", "https://[100::1]/", "https://169.254.169.254/latest/meta-data", "https://169.254.170.2/",
    "https://100.100.100.200/", "https://192.0.0.192/", "https://168.63.129.16/", "https://10.0.0.1/",
    "https://172.16.0.1/", "https://192.168.1.1/", "https://100.64.0.1/", "https://198.18.0.1/", "https://192.0.2.1/",
    "https://203.0.113.1/", "https://224.0.0.1/", "https://255.255.255.255/", "https://240.0.0.1/", "https://192.88.99.1/",
    "https://user@93.184.216.34/", "https://user:word@93.184.216.34/", "https://@93.184.216.34/",
    "https://93.184.216.34@127.0.0.1/", "https://127.0.0.1#@93.184.216.34/", "https://93.184.216.34/#x",
    "https://93.184.216.34\\@127.0.0.1/", "https://93.184.216.34:6379/", "https://93.184.216.34:22/",
    "https://93.184.216.34:80/", "https://93.184.216.34:0/", "https://93.184.216.34:99999/", "http://93.184.216.34/",
    "file:///etc/passwd", "gopher://93.184.216.34/", "ftp://93.184.216.34/", "redis://127.0.0.1:6379/", "//127.0.0.1/",
    "javascript:alert(1)", "https://", "https:///x", "https://exa mple.com/", "https://example.com/\r\nHost: x",
    "https://example.com/\x00", "https://exa%6dple.com/", "https://[::1", "https://1.2.3.4.5/", "https://256.1.1.1/",
    "", "https://" + "a" * 64 + ".com/", "https://example.com/" + "x" * 1000,
]  # fmt: skip


@pytest.mark.parametrize("url", NEVER)
def test_what_leads_inside_is_refused_when_it_is_kept_and_when_it_is_called(url: str) -> None:
    with pytest.raises(TargetRefused):
        check(read_target(url), resolve=_nobody)
    with pytest.raises(TargetRefused):
        webhooks.post(read_target(url), b"{}", {}, resolve=_nobody)


@pytest.mark.parametrize(
    "url",
    ["https://93.184.216.34/", "https://93.184.216.34:443/a?b=c", "https://[2606:2800:220:1:248:1893:25c8:1946]/x"],
)
def test_the_public_internet_is_let_through(url: str) -> None:
    assert check(read_target(url), resolve=_nobody)


def test_a_name_counts_by_every_address_behind_it() -> None:
    target = read_target("https://hooks.example.com/T1")
    assert check(target, resolve=_answers("93.184.216.34", "2606:2800::1")) == [
        ip_address("93.184.216.34"), ip_address("2606:2800::1"),
    ]  # fmt: skip
    for inside in ("127.0.0.1", "::ffff:10.0.0.1", "fe80::1%2", "169.254.169.254"):
        with pytest.raises(TargetRefused):
            check(target, resolve=_answers("93.184.216.34", inside))


def test_a_name_that_was_public_and_is_loopback_now_is_not_called() -> None:
    target, answers = read_target("https://rebound.example.com/"), ["93.184.216.34", "127.0.0.1"]
    with socket.create_server(("127.0.0.1", 0)) as inside:
        inside.settimeout(0.3)
        check(target, resolve=_answers(answers.pop(0)))
        with pytest.raises(TargetRefused):
            webhooks.post(target, b"{}", {}, resolve=_answers(answers.pop(0)))
        with pytest.raises(TimeoutError):
            inside.accept()


def test_an_unknown_name_is_no_refusal() -> None:
    def unknown(*_: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    with pytest.raises(Unreachable, match="name is not known"):
        webhooks.post(read_target("https://nowhere.example.com/"), b"", {}, resolve=unknown)


def test_networks_of_the_operators_own_are_open_by_http_and_on_any_port() -> None:
    own = (ip_network("10.1.0.0/16"), ip_network("fd00:1::/48"))
    for url in ("http://10.1.2.3:8080/x", "https://10.1.2.3/", "http://[fd00:1::5]/", "http://[::ffff:10.1.2.3]:9/"):
        assert check(read_target(url), allowed=own)
    for url in ("http://10.2.0.1/", "http://127.0.0.1/", "http://93.184.216.34/", "https://[fd00:2::1]/"):
        with pytest.raises(TargetRefused):
            check(read_target(url), allowed=own)
    assert check(read_target("http://crm.internal/"), allowed=own, resolve=_answers("10.1.0.9"))


@given(st.ip_addresses(v=6))
def test_of_ipv6_only_global_unicast_is_called_and_nothing_with_another_address_inside(address: Any) -> None:
    if may_be_called(address):
        assert address.is_global
        assert not address.is_multicast
        assert address.ipv4_mapped is address.sixtofour is address.teredo is None


@given(st.ip_addresses(v=4))
def test_no_spelling_of_an_address_makes_it_another(address: Any) -> None:
    a, b, c, d = address.packed
    for host in (
        str(address),
        str(int(address)),
        hex(int(address)),
        f"{a}.{(b << 16) + (c << 8) + d}",
        f"0{a:o}.{b}.{c}.{d}",
    ):
        assert read_target(f"https://{host}/").literal == address


@given(st.text(max_size=40))
def test_whatever_is_typed_in_is_read_or_refused(text: str) -> None:
    for url in (text, f"https://{text}", f"https://a.example/{text}"):
        try:
            target = read_target(url)
            check(target, resolve=_nobody)
        except (TargetRefused, OSError):
            continue
        assert target.host


def _answers(*addresses: str) -> Any:
    def resolve(_host: str, port: int, *_: Any) -> Sequence[Any]:
        return [(None, None, None, "", (one, port)) for one in addresses]

    return resolve


def _nobody(*_: Any) -> Any:
    raise OSError("nobody is asked in this test")
