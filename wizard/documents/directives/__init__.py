"""What documents of directives have in common: nodes with their places, operations on nodes, and their lines.

How a syntax splits its text, quotes a word and closes a block is the business of its own folder.
"""
