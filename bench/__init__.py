"""How quick it is, beside its floors; and a year of real orders played through the running product (`bench.replay`)."""
