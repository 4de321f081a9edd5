"""The programs that read the new files, asked what they think of them before the first byte is written.

Each sees the tree that it would see after the apply: a private copy of its configuration with the new files in place.
Nothing of it is the live tree, and nothing that the Galaxy user may change is run.
"""
