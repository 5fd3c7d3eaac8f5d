"""What is done to vocapp, and what it must answer with: scenarios on real servers, each ending in the same invariants.

    servers (PostgreSQL, Redis) ──► stage (a database, the roles, a peer for mail, a clock) ──► scenario ──► invariants

`make faults` runs all of them and prints a table; `docs/faults.md` shows how to use it. The short ones are tests too.
"""
