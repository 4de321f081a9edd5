"""The answers file's own syntax."""
