"""The soak (40): thousands answer while parts are killed at random; whoever hears nothing tries again.

storm (kills, and starts again as a service manager would) ─┐
load  (people with a link, people to be mailed)             ├──► run ──► the same invariants, and memory
memory (what the processes hold, by role)                  ─┘
"""
