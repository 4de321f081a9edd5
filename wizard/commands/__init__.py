"""The commands: each takes the parsed options, prints, and returns an exit status."""
