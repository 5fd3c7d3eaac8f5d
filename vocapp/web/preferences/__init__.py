"""The customer’s preference centre, behind a link in every mail: no login, no script; only a POST changes anything."""
