"""What is left to do by root or by hand: steps, each with a test of whether it is done, and the commands that do it."""
