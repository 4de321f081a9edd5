"""nginx's configuration: directives in blocks."""
