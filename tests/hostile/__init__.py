"""Hostile values: each is refused by its question's name, or its consumer reads it back and nothing else differs.

`values.py` draws them, `places.py` finds where each question lands, `reading.py` and `words.py` read as the consumers
do, `trying.py` is the law, `counting.py` the table. `python -m tests.hostile --large` tries the nightly size.
"""
