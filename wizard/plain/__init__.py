"""The wizard line by line, on plain standard input and output: `galaxy-setup --plain`.

For a screen reader, a dumb terminal, a serial console or a script. The same questions, help and review as on the
screens, and the same bytes in the end; no colour, no cursor that moves, nothing drawn.
"""
