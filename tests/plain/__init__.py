"""The wizard line by line, by a pipe and on a terminal."""
