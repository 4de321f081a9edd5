"""The `uwsgi:` section of a galaxy.yml (Galaxy 18.01 to 21.09), read by uWSGI's rules and edited in place.

uWSGI and Galaxy read the same file by different rules (uwsgi_yaml_section): an edit must suit both.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wizard.documents.tree import MISSING, REMOVE, Missing, Path, Remove
from wizard.documents.uwsgi_yaml.edit import edited
from wizard.documents.uwsgi_yaml.section import Section, UwsgiEntry

__all__ = ["MISSING", "REMOVE", "Missing", "Path", "Remove", "UwsgiEntry", "UwsgiSection"]


class UwsgiSection(Section):
    """What uWSGI reads of a galaxy.yml, and changes to it. Everything outside of the section keeps its bytes."""

    def edit(self, changes: Mapping[Path, Any]) -> str:
        """The text with `changes` made: ("uwsgi", key) to a str, to a tuple of str for a repeated key, or to REMOVE.

        A value is written so that uWSGI reads it as it is given. Raises Refused for a value that uWSGI could not
        read back (`#`, a line end, `%(`, `$(`, `@(`), for one that would make the file something else for Galaxy's
        YAML reader, and for a file that this cannot read.
        """
        return edited(self, changes)
