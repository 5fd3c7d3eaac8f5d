"""Settings: one frozen object, read from the environment and an `.env` file, that refuses to be half-configured.

Only names of the public contract are read here; nothing else in vocapp looks at the environment.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import tempfile
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, Literal, cast
from urllib.parse import urlsplit

from environs import Env, EnvError

MailBackend = Literal["files", "smtp", "sendgrid"]

MAIL_BACKENDS = ("files", "smtp", "sendgrid")
EXTENSION = "vocapp"
"""Where an application keeps its settings: `app.extensions[EXTENSION]`."""
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
POSTGRES_LINE = {
    "connect_timeout": 5,  # seconds
    "keepalives_idle": 20,  # seconds without a word, then a question every five: a dead line is found after 40 s
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 20_000,  # milliseconds for which what was sent may stay without a receipt
}
"""libpq's options for lines that are dead without a word: its own defaults wait for two hours."""
SHORTEST_SECRET = 16  # characters; what we make ourselves has 43
LONGEST_SOCKET_PATH = 100  # the kernel takes 107 bytes; some systems take 103
DEFAULT_DATA_DIR = Path("var")
CATALOGUE = Path(__file__).parents[1] / "surveys"
"""The surveys, personas and segments that ship with this version."""
DEFAULT_URL = "http://127.0.0.1:8000"
_MAILBOX = re.compile(r"[A-Za-z0-9._-]{1,24}@[A-Za-z0-9.-]{1,250}", re.ASCII)
"""Room for the token that is put behind it: a local part has 64 characters."""
DEFAULT_MAIL_FROM = "vocapp <vocapp@localhost.test>"


class ConfigRefused(Exception):
    """The settings can't be used; the message is one line for the operator, with no secret in it."""


class NoInstallation(ConfigRefused):
    """There is none where it was named, and the command makes none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that an operator decides."""

    data_dir: Path
    database_url: str = field(repr=False)
    """SQLAlchemy's form, always with its driver: `sqlite:///…` or `postgresql+psycopg://…`."""
    redis_url: str = field(repr=False)
    embedded_redis: bool
    """The queue is the private one under the data dir, started by `up`."""
    secret_key: str = field(repr=False)
    public_url: str
    """Where customers reach the product: no slash at its end."""
    mail_backend: MailBackend = "files"
    mail_from: str = DEFAULT_MAIL_FROM
    smtp_url: str | None = field(default=None, repr=False)
    mail_bounces_to: str | None = None
    """The mailbox to which mail sent by SMTP comes back, as `bounces+TOKEN@…`; None: to MAIL_FROM."""
    sendgrid_api_key: str | None = field(default=None, repr=False)
    sendgrid_host: str | None = None
    sendgrid_webhook_public_keys: tuple[str, ...] = ()
    """Two are accepted while a key is rotated; `SENDGRID_WEBHOOK_PUBLIC_KEY` separates them by commas or spaces."""
    sentiment_model: str | None = None
    """A folder, or a model hub's name; None is the model that comes with vocapp."""
    web_processes: int = 2
    web_threads: int = 8
    trusted_proxies: int = 0
    """How many proxies in front of us say who really calls; 0: whoever connects is the caller."""
    log_level: str = "WARNING"
    webhook_allow_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    """Networks of one's own into which webhooks may go, by http too; beside them, only the public internet."""

    @property
    def on_postgresql(self) -> bool:
        return self.database_url.startswith("postgresql")

    @property
    def connection_url(self) -> str:
        """`database_url` with when to give up a line to PostgreSQL; what it says itself about that, stays."""
        if not self.on_postgresql:
            return self.database_url
        address, _, query = self.database_url.partition("?")
        named = {part.partition("=")[0] for part in query.split("&")}
        added = [f"{name}={value}" for name, value in POSTGRES_LINE.items() if name not in named]
        return f"{address}?{'&'.join([query, *added] if query else added)}"

    @property
    def mail_account(self) -> str:
        """Name the account by which mail goes: another one with every other server, key or password."""
        parts = (self.mail_backend, self.smtp_url, self.sendgrid_host, self.sendgrid_api_key, self.mail_from)
        return hmac.new(self.secret_key.encode(), repr(parts).encode(), hashlib.sha256).hexdigest()[:32]

    @property
    def opens_are_told(self) -> bool:
        """The provider can be asked to tell who opens a mail, and we believe what it tells."""
        return self.mail_backend == "sendgrid" and bool(self.sendgrid_webhook_public_keys)

    @property
    def over_tls(self) -> bool:
        """People reach the product over https: cookies and browsers are told so."""
        return self.public_url.startswith("https://")

    @property
    def outbox_dir(self) -> Path:
        """The folder in which the `files` backend leaves its mails."""
        return self.data_dir / "outbox"

    @classmethod
    def from_env(
        cls,
        *,
        data_dir: Path | str | None = None,
        env_file: Path | None = None,
        served_at: str | None = None,
        existing: bool = False,
        **overrides: Any,
    ) -> Settings:
        """Read the settings; `overrides` (fields that are not None) win over the environment, which wins over `.env`.

        `served_at` is the PUBLIC_URL where none is set; without it, what the server beside this data dir noted.
        Makes the data dir, and the secret key in it where SECRET_KEY doesn't give one. Raises ConfigRefused; with
        `existing` NoInstallation, before anything is made, where the data dir holds no database and none is named.
        """
        folder, env = Path(data_dir) if data_dir is not None else DEFAULT_DATA_DIR, _environment(env_file)
        if existing and _text(env, "DATABASE_URL") is None:
            _check_installed(folder)
        folder = make_data_dir(folder)
        redis_url = _text(env, "REDIS_URL")
        settings = cls(
            data_dir=folder,
            database_url=normal_database_url(_text(env, "DATABASE_URL") or f"sqlite:///{folder / 'vocapp.db'}"),
            redis_url=redis_url or f"unix://{socket_path(folder)}",
            embedded_redis=redis_url is None,
            secret_key=_given_secret(env) or _kept_secret(folder),
            public_url=(_text(env, "PUBLIC_URL") or served_at or served_url(folder) or DEFAULT_URL).rstrip("/"),
            **_plain_settings(env),
        )
        given = {name: value for name, value in overrides.items() if value is not None}
        if "database_url" in given:
            given["database_url"] = normal_database_url(given["database_url"])
        if "redis_url" in given:
            given.setdefault("embedded_redis", False)
        return _checked(replace(settings, **given))

    @classmethod
    def bare(cls, *, env_file: Path | None = None) -> Settings:
        """Read the settings of a command that needs no database and no data dir: nothing is written anywhere."""
        return cls(
            data_dir=DEFAULT_DATA_DIR,
            database_url="sqlite://",
            redis_url="",
            embedded_redis=False,
            secret_key=secrets.token_urlsafe(32),
            public_url=DEFAULT_URL,
            **_plain_settings(_environment(env_file)),
        )


def _check_installed(folder: Path) -> None:
    if not (folder.expanduser() / "vocapp.db").is_file():
        raise NoInstallation(
            f"there is no installation in {folder}: name another --data-dir, or begin one with `python -m vocapp up`"
        )


def make_data_dir(folder: Path) -> Path:
    """Make the data dir, for its owner's eyes only, and return its absolute path. Raises ConfigRefused."""
    try:
        folder = folder.expanduser().resolve()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ConfigRefused(f"the data dir {folder} can't be written: {error.strerror or error}") from error
    return folder


def normal_database_url(url: str) -> str:
    """Name the driver: `postgresql://` and `postgres://` become `postgresql+psycopg://`. Raises ConfigRefused."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        raise ConfigRefused("DATABASE_URL is no address: it must begin with postgresql:// or sqlite:///")
    if scheme in {"postgres", "postgresql", "postgresql+psycopg"}:
        try:
            port = urlsplit(f"postgresql://{rest}").port
        except ValueError as error:
            raise ConfigRefused("DATABASE_URL has a port that is no number") from error
        if port == 0:
            raise ConfigRefused("DATABASE_URL has port 0")
        return f"postgresql+psycopg://{rest}"
    if scheme in {"sqlite", "sqlite+pysqlite"}:
        return f"sqlite://{rest}"
    raise ConfigRefused(f"DATABASE_URL begins with {scheme}://, but vocapp keeps its data in PostgreSQL or SQLite")


def socket_path(data_dir: Path) -> Path:
    """Return where the embedded Redis listens: in the data dir, or under a short name where its path is too long."""
    inside = data_dir / "redis" / "redis.sock"
    if len(os.fsencode(inside)) <= LONGEST_SOCKET_PATH:
        return inside
    short = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"vocapp-{os.getuid()}-{short}" / "redis.sock"


def served_url(data_dir: Path) -> str | None:
    """Return where the product under this data dir was last served, so that commands beside it make the same links."""
    try:
        return (data_dir / "served_url").read_text().strip() or None
    except OSError:
        return None


def keep_served_url(data_dir: Path, url: str) -> None:
    """Note where the product is served."""
    _write_whole(data_dir / "served_url", url + "\n")


def _checked(settings: Settings) -> Settings:
    if settings.mail_backend == "smtp" and not settings.smtp_url:
        raise ConfigRefused("MAIL_BACKEND=smtp needs SMTP_URL, such as smtp://user:password@mail.example.com:587")
    if settings.mail_backend == "sendgrid" and not settings.sendgrid_api_key:
        raise ConfigRefused("MAIL_BACKEND=sendgrid needs SENDGRID_API_KEY")
    if settings.smtp_url and urlsplit(settings.smtp_url).scheme not in {"smtp", "smtps"}:
        raise ConfigRefused("SMTP_URL must begin with smtp:// or smtps://")
    if settings.mail_bounces_to and not _MAILBOX.fullmatch(settings.mail_bounces_to):
        raise ConfigRefused("MAIL_BOUNCES_TO must be a bare address, with 24 characters at most before its @")
    if settings.sendgrid_host and urlsplit(settings.sendgrid_host).scheme not in {"http", "https"}:
        raise ConfigRefused("SENDGRID_HOST must begin with https://")
    if urlsplit(settings.redis_url).scheme not in {"redis", "rediss", "unix"}:
        raise ConfigRefused("REDIS_URL must begin with redis://, rediss:// or unix://")
    public = urlsplit(settings.public_url)
    if public.scheme not in {"http", "https"} or not public.netloc or public.query or public.fragment:
        raise ConfigRefused("PUBLIC_URL must be an http:// or https:// address, such as https://voice.example.com")
    return settings


def _environment(env_file: Path | None) -> Env:
    env = Env()
    path = env_file or Path(".env")
    try:
        env.read_env(path, recurse=False)
    except (OSError, ValueError) as error:
        raise ConfigRefused(f"{path} can't be read") from error
    return env


def _plain_settings(env: Env) -> dict[str, Any]:
    """Read what needs no other setting to make sense."""
    backend = _text(env, "MAIL_BACKEND") or "files"
    if backend not in MAIL_BACKENDS:
        raise ConfigRefused(f"MAIL_BACKEND must be one of {', '.join(MAIL_BACKENDS)}")
    level = (_text(env, "LOG_LEVEL") or "WARNING").upper()
    if level not in LOG_LEVELS:
        raise ConfigRefused(f"LOG_LEVEL must be one of {', '.join(LOG_LEVELS)}")
    keys = _text(env, "SENDGRID_WEBHOOK_PUBLIC_KEY") or ""
    return {
        "mail_backend": cast("MailBackend", backend),
        "mail_from": _text(env, "MAIL_FROM") or DEFAULT_MAIL_FROM,
        "smtp_url": _text(env, "SMTP_URL"),
        "mail_bounces_to": _text(env, "MAIL_BOUNCES_TO"),
        "sendgrid_api_key": _text(env, "SENDGRID_API_KEY"),
        "sendgrid_host": _text(env, "SENDGRID_HOST"),
        "sendgrid_webhook_public_keys": tuple(keys.replace(",", " ").split()),
        "sentiment_model": _text(env, "SENTIMENT_MODEL"),
        "web_processes": _count(env, "WEB_PROCESSES", 2),
        "web_threads": _count(env, "WEB_THREADS", 8),
        "trusted_proxies": _count(env, "TRUSTED_PROXIES", 0, least=0),
        "log_level": level,
        "webhook_allow_networks": _networks(_text(env, "WEBHOOK_ALLOW_NETWORKS") or ""),
    }


def _networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(one) for one in text.replace(",", " ").split())
    except ValueError as error:
        raise ConfigRefused(
            "WEBHOOK_ALLOW_NETWORKS must be networks such as 10.1.0.0/16, with commas between"
        ) from error


def _text(env: Env, name: str) -> str | None:
    """Read a setting; left empty it counts as left out."""
    value = env.str(name, default="")
    return value.strip() or None


def _count(env: Env, name: str, default: int, *, least: int = 1) -> int:
    if _text(env, name) is None:
        return default
    try:
        number = env.int(name)
    except EnvError as error:
        raise ConfigRefused(f"{name} must be a whole number") from error
    if not least <= number <= 64:
        raise ConfigRefused(f"{name} must be from {least} to 64")
    return number


def _given_secret(env: Env) -> str | None:
    key = _text(env, "SECRET_KEY")
    if key is not None and len(key) < SHORTEST_SECRET:
        raise ConfigRefused(f"SECRET_KEY must have {SHORTEST_SECRET} characters or more; left out, one is made")
    return key


def _kept_secret(data_dir: Path) -> str:
    """Return the data dir's secret key, made at the first call; of two that make one at once, one wins for both."""
    path = data_dir / "secret_key"
    try:
        if not path.exists():
            _write_whole(path, secrets.token_urlsafe(48) + "\n", first_wins=True)
        key = path.read_text().strip()
    except OSError as error:
        raise ConfigRefused(f"{path} can't be read or made: {error.strerror or error}") from error
    if len(key) < SHORTEST_SECRET:
        raise ConfigRefused(
            f"{path} holds no secret key of {SHORTEST_SECRET} characters or more; remove it to have a new one made"
        )
    return key


def _write_whole(path: Path, text: str, *, first_wins: bool = False) -> None:
    """Write a file (mode 0600) that is either there whole or not there."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    written = Path(name)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if first_wins:
            try:
                path.hardlink_to(written)
            except FileExistsError:
                return
        else:
            written.replace(path)
    finally:
        written.unlink(missing_ok=True)
