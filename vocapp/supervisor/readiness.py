"""Asking the web server, through the socket that customers use, whether it serves."""

from __future__ import annotations

import http.client
import socket
from contextlib import closing

ASK_SECONDS = 0.5  # a stop waits for it


def is_healthy(listener: socket.socket) -> bool:
    """Say whether `/healthz` answers 200."""
    host, port = listener.getsockname()[:2]
    if host in {"0.0.0.0", "::"}:  # noqa: S104 (compared with, not bound to)
        host = "127.0.0.1" if listener.family == socket.AF_INET else "::1"
    with closing(http.client.HTTPConnection(host, port, timeout=ASK_SECONDS)) as connection:
        try:
            connection.request("GET", "/healthz", headers={"Connection": "close"})
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
