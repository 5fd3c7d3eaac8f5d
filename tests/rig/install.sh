#!/bin/sh
# See to the servers and the browser that the tests use. What is there is left alone; what is missing is installed with apt
# where we may, and named in one clear line where we may not.
set -eu

has_postgres() { [ -n "${PG_BIN:-}" ] && [ -x "$PG_BIN/initdb" ] || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null 2>&1; }
has_redis() { command -v redis-server >/dev/null 2>&1 || command -v valkey-server >/dev/null 2>&1; }
has_chromium() { [ -n "${CHROMIUM:-}" ] && [ -x "$CHROMIUM" ] || command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1; }

missing() {
    has_postgres || printf 'postgresql '
    has_redis || printf 'redis-server '
    has_chromium || printf 'chromium '
}

packages=$(missing)
[ -n "$packages" ] || exit 0

as_root=
if [ "$(id -u)" -ne 0 ] && command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then as_root="sudo -n"; fi
if command -v apt-get >/dev/null 2>&1 && { [ "$(id -u)" -eq 0 ] || [ -n "$as_root" ]; }; then
    echo "Installing for the tests: $packages…"
    # shellcheck disable=SC2086  # words on purpose: several packages, an empty prefix
    { DEBIAN_FRONTEND=noninteractive $as_root apt-get -qq update && DEBIAN_FRONTEND=noninteractive $as_root \
        apt-get -qq install -y --no-install-recommends $packages; } >"${TMPDIR:-/tmp}/vocapp-apt.log" 2>&1 || cat "${TMPDIR:-/tmp}/vocapp-apt.log" >&2
fi

packages=$(missing)
[ -n "$packages" ] || exit 0
echo "The tests need $packages: install them with your system's packages (Debian, Ubuntu: apt-get install $packages)," >&2
echo "or name what you have: PG_BIN=/path/to/postgresql/bin, CHROMIUM=/path/to/chromium. 'make test-fast' does without." >&2
exit 1
