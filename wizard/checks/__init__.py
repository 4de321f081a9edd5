"""What is true of the running server: checks that look, change nothing, and end in time."""
