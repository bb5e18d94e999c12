"""PromQL: the user's is read, slokit's own is composed.

    tokens ─► parse ─► labels ─► reading: what a piece of PromQL is       (users' text)
                            └──► faults: what is wrong with it, and where
    quoting ─► selector ─► build: the shapes that expressions are made of  (slokit's text)

No other room parses PromQL or knows promql-parser. What is read is never printed again: a user's
expression stands in a rule as it was written, its variables replaced.
"""
