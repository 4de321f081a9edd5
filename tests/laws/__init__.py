"""The laws of editing, over real files: Galaxy's own samples of every release, and servers of other people.

`samples.py` fetches the samples, `files.py` lists what is there, `syntaxes.py` knows each syntax and its consumer,
`answers.py` what to answer to a question, `table.py` what the run prints at its end.
"""
