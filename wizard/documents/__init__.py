"""One module per syntax: parse for structure and positions, change the text at those positions, never dump a tree."""
