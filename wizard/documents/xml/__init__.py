"""XML as ElementTree reads it."""
