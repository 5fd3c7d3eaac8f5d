"""A year and a half of a real marketplace, played through the running product, and every figure read back from it.

    rows ──► stage (the product as processes, two workspaces) ──► play (HTTP only) ──► figures ──► verdict

`rows` reads the files, `stage` starts the product, `playing` is the machine that tells and invites, `person` is whoever
answers, `reading` asks the API and the export, `figures` sets what was seen against what must be. `shops` and `selling`
do the same with the orders of three shops, of which it is published what their customers are worth; `voices` tells
scores of earlier tools, and reads them back by month and by place.
"""
