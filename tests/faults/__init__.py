"""Runs that are cut off or fail at every call by which they reach the disk, and what is left of the files then.

A shim before libc (shim.c) counts the calls of a process and kills it, or lets a call fail, at the one that it is told.
`sweep` tries every call of a run, in a process of its own for each; `scenes` says which runs there are.
"""
