"""An export as the texts of a playbook's directory."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.documents.yaml.render import Style, block_lines, write_leaf
from wizard.exporting.ansible_variables import Export
from wizard.exporting.jinja import sheltered

GROUP = "galaxyservers"
"""The group of the inventory that the tutorials of Galaxy's own training use."""

_HEADER = """\
---
# Variables for Ansible's role galaxyproject.galaxy, written by galaxy-setup from its answers.
# Whoever changes them here reads them back with `galaxy-setup import`.
"""


def variables_file(host: str | None) -> str:
    """Where the variables go: those of one of several hosts are that host's."""
    return f"{_folder(host)}/variables.yml"


def vault_file(host: str | None) -> str:
    """Where the secrets go: Ansible reads every file in the folder of a group."""
    return f"{_folder(host)}/vault.yml"


def _folder(host: str | None) -> str:
    return f"group_vars/{GROUP}" if host is None else f"host_vars/{host}"


def variables_text(done: Export) -> str:
    """The variables as YAML, what none of them carries named at the top; no secret is in it."""
    return "\n".join([_HEADER.rstrip("\n"), *_remarks(done), *_groups(done), ""])


def _remarks(done: Export) -> Iterator[str]:
    if done.vault.places:
        yield "#"
        yield "# To be set in a vault (ansible-vault create):"
        yield from (f"#   {name}: {_one_line(place)}" for name, place in done.vault.places.items())
    if done.left:
        yield "#"
        yield "# Answered, and carried by no variable of the role:"
        yield from (f"#   {path}" for path in done.left)
    if done.unwritten:
        yield "#"
        yield "# Needed, and written by none of these roles:"
        yield from (f"#   {_one_line(path)}" for path in done.unwritten)
    if done.added:
        yield "#"
        yield "# Not answered, and set by the role to a place of its layout's:"
        yield from (f"#   {name}" for name in done.added)


def _groups(done: Export) -> Iterator[str]:
    for title, variables in done.groups:
        yield from ("", f"# {title}")
        yield from block_lines(variables, 0, Style())


def vault_text(done: Export) -> str:
    """The secrets themselves, to be encrypted before anybody else sees them."""
    lines = [f"{name}: {_unrendered(secret)}" for name, secret in done.vault.held.items()]
    head = "# Encrypt this file at once: ansible-vault encrypt"
    return "\n".join(["---", head, *lines, ""])


def _unrendered(secret: str) -> str:
    """A secret is text to Ansible, whatever signs it has."""
    written = write_leaf(secret)
    return f"!unsafe {written}" if sheltered(secret) != secret else written


def _one_line(text: str) -> str:
    return " ".join(text.split())
