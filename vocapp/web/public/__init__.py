"""Dashboards behind a link, for every employee: no login, no cookie, no script, nobody's name."""
