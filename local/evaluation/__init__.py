"""How good the reading is: labelled messages through the real steps, scored field by field, compared run with run.

``datasets`` gives the messages, ``running`` takes them through the pipeline, ``scoring`` and ``metrics`` count,
``significance`` and ``comparison`` set two runs side by side, ``calibrating`` learns from them, ``report`` shows.
"""
