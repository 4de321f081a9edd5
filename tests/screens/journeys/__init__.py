"""Whole journeys by real keys in tmux, each to the same bytes as the headless run."""
