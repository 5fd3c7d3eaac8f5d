from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from vocapp.config import (
    ConfigRefused,
    Settings,
    keep_served_url,
    normal_database_url,
    socket_path,
)

NAMES = [
    *("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "PUBLIC_URL", "MAIL_BACKEND", "MAIL_FROM", "SMTP_URL"),
    *("SENDGRID_API_KEY", "SENDGRID_HOST", "SENDGRID_WEBHOOK_PUBLIC_KEY", "SENTIMENT_MODEL"),
    *("WEB_PROCESSES", "WEB_THREADS", "LOG_LEVEL", "TRUSTED_PROXIES"),
]


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch, tmp_path):
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def test_with_nothing_set_everything_lives_under_the_data_dir(tmp_path):
    settings = Settings.from_env(data_dir=tmp_path / "var")
    assert settings.database_url == f"sqlite:///{tmp_path}/var/vocapp.db"
    assert settings.embedded_redis
    assert settings.redis_url.startswith("unix://")
    assert settings.mail_backend == "files"
    assert settings.outbox_dir == tmp_path / "var" / "outbox"
    assert settings.public_url == "http://127.0.0.1:8000"


def test_the_secret_key_is_made_once_and_only_its_owner_reads_it(tmp_path):
    first = Settings.from_env(data_dir=tmp_path).secret_key
    assert len(first) >= 32
    assert Settings.from_env(data_dir=tmp_path).secret_key == first
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_commands_that_start_at_once_agree_on_one_secret_key(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: Settings.from_env(data_dir=tmp_path).secret_key, range(32)))
    assert len(keys) == 1


def test_a_spoiled_secret_key_is_refused(tmp_path):
    (tmp_path / "secret_key").write_text("")
    with pytest.raises(ConfigRefused, match="secret key"):
        Settings.from_env(data_dir=tmp_path)


def test_a_short_secret_key_is_refused_without_being_shown(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "hunter2")
    with pytest.raises(ConfigRefused, match="SECRET_KEY must have 16 characters") as refused:
        Settings.from_env(data_dir=tmp_path)
    assert "hunter2" not in str(refused.value)
    monkeypatch.setenv("SECRET_KEY", "x" * 16)
    assert Settings.from_env(data_dir=tmp_path).secret_key == "x" * 16


def test_no_proxy_is_believed_unless_it_is_said(tmp_path, monkeypatch):
    assert Settings.from_env(data_dir=tmp_path).trusted_proxies == 0
    for number in (0, 2):
        monkeypatch.setenv("TRUSTED_PROXIES", str(number))
        assert Settings.from_env(data_dir=tmp_path).trusted_proxies == number


def test_overrides_win_over_the_environment_and_the_environment_over_the_env_file(tmp_path, monkeypatch):
    Path(".env").write_text("PUBLIC_URL=https://file.example\nMAIL_FROM=File <f@example.com>\nLOG_LEVEL=info\n")
    monkeypatch.setenv("PUBLIC_URL", "https://environment.example/")
    settings = Settings.from_env(data_dir=tmp_path)
    assert settings.public_url == "https://environment.example"
    assert settings.mail_from == "File <f@example.com>"
    assert settings.log_level == "INFO"
    assert Settings.from_env(data_dir=tmp_path, public_url="http://given").public_url == "http://given"
    assert "MAIL_FROM" not in os.environ


def test_a_setting_left_empty_counts_as_left_out(tmp_path, monkeypatch):
    for name in NAMES:
        monkeypatch.setenv(name, "")
    assert Settings.from_env(data_dir=tmp_path).embedded_redis


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("postgresql://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("postgres://u:p@h:5433/d", "postgresql+psycopg://u:p@h:5433/d"),
        ("postgresql+psycopg://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("sqlite:////tmp/x.db", "sqlite:////tmp/x.db"),
    ],
)
def test_database_urls_are_normalised(given, kept):
    assert normal_database_url(given) == kept


@pytest.mark.parametrize(
    ("address", "line"),
    [
        (
            "postgresql://u:p@h/d",
            "?connect_timeout=5&keepalives_idle=20&keepalives_interval=5&keepalives_count=4&tcp_user_timeout=20000",
        ),
        (
            "postgresql://u:p@h/d?sslmode=require&connect_timeout=30&tcp_user_timeout=0",
            "&keepalives_idle=20&keepalives_interval=5&keepalives_count=4",
        ),
        ("sqlite:////tmp/x.db", ""),
    ],
)
def test_a_dead_line_to_postgresql_is_given_up_as_its_address_says_or_soon(tmp_path, address, line):
    settings = Settings.from_env(data_dir=tmp_path, database_url=address)
    assert settings.connection_url == normal_database_url(address) + line


@pytest.mark.parametrize(
    "given",
    ["mysql://u:secret@h/d", "nonsense secret", "postgresql://u:secret@h:port/d", "postgresql+psycopg2://secret"],
)
def test_other_database_urls_are_refused_without_showing_a_password(given):
    with pytest.raises(ConfigRefused) as refused:
        normal_database_url(given)
    assert "secret" not in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "environment",
    [
        {"MAIL_BACKEND": "smtp", "MAIL_FROM": "a@b.example"},
        {"MAIL_BACKEND": "smtp", "SMTP_URL": "http://x", "MAIL_FROM": "a@b.example"},
        {"MAIL_BACKEND": "sendgrid", "MAIL_FROM": "a@b.example"},
        {"MAIL_BACKEND": "pigeon"},
        {"REDIS_URL": "127.0.0.1:6379"},
        {"PUBLIC_URL": "voice.example.com"},
        {"WEB_PROCESSES": "many"},
        {"WEB_THREADS": "0"},
        {"TRUSTED_PROXIES": "-1"},
        {"TRUSTED_PROXIES": "127.0.0.1"},
        {"SECRET_KEY": "x" * 15},
        {"LOG_LEVEL": "loud"},
        {"DATABASE_URL": "oracle://x"},
    ],
)
def test_what_is_half_configured_is_refused_in_one_line(tmp_path, monkeypatch, environment):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigRefused) as refused:
        Settings.from_env(data_dir=tmp_path)
    assert "\n" not in str(refused.value)


def test_a_complete_mail_provider_is_taken(tmp_path, monkeypatch):
    monkeypatch.setenv("MAIL_BACKEND", "sendgrid")
    monkeypatch.setenv("SENDGRID_API_KEY", "key")
    monkeypatch.setenv("MAIL_FROM", "Example <hello@example.com>")
    monkeypatch.setenv("SENDGRID_WEBHOOK_PUBLIC_KEY", "one, two")
    assert Settings.from_env(data_dir=tmp_path).sendgrid_webhook_public_keys == ("one", "two")


def test_a_data_dir_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigRefused, match="data dir"):
        Settings.from_env(data_dir=tmp_path / "file")


def test_a_command_beside_the_server_knows_where_it_is_served(tmp_path):
    keep_served_url(tmp_path, "http://127.0.0.1:8123")
    assert Settings.from_env(data_dir=tmp_path).public_url == "http://127.0.0.1:8123"


def test_the_address_really_served_is_public_unless_another_is_set(tmp_path, monkeypatch):
    assert Settings.from_env(data_dir=tmp_path, served_at="http://127.0.0.1:9").public_url == "http://127.0.0.1:9"
    monkeypatch.setenv("PUBLIC_URL", "https://voice.example")
    assert Settings.from_env(data_dir=tmp_path, served_at="http://127.0.0.1:9").public_url == "https://voice.example"


def test_a_long_data_dir_gets_a_short_socket(tmp_path):
    assert socket_path(Path("/var/lib/vocapp")) == Path("/var/lib/vocapp/redis/redis.sock")
    long = tmp_path / ("deep/" * 30)
    assert len(str(socket_path(long))) <= 100
    assert socket_path(long) == socket_path(long)
    assert socket_path(long) != socket_path(tmp_path / ("deep/" * 31))


def test_bare_settings_touch_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("SENTIMENT_MODEL", "models/mine")
    monkeypatch.setenv("MAIL_BACKEND", "smtp")
    assert Settings.bare().sentiment_model == "models/mine"
    assert list(tmp_path.iterdir()) == []
