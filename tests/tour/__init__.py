"""The pictures of `docs/tour.md`: the demo as `make run` starts it, walked through once in each language.

stops (which pictures there are) ◄── walking (two customers answer, then the console) ◄── __main__ (`make tour`)
"""
