"""The engine of galaxy-setup: answers in, files out, and back. Knows no screen."""

__version__ = "0.1.0"
