"""Each value of each choice, judged by the program that reads it.

`cases` makes complete answers for every question and every value of it, from the register of questions alone.
`judges` names the real consumer of every file. `seeing` puts both together: a file must be accepted, and what its
consumer says it read must tell the values apart. `test_verdicts` holds every section to that, and `python -m
tests.verdicts` writes the table of docs/consumers.md.

A new question needs nothing here, unless its value stands only together with other answers (`companions`). A new
lens needs a judge.
"""
