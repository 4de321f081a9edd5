"""Answers as the variables of Ansible's role for Galaxy, and back; and the answers of one of several hosts."""
