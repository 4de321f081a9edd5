"""A link that cannot be looked at is not taken for a file: what it leads to would be missed, or be outside the root."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from wizard.disk import Disk
from wizard.problems import Refused
from wizard.writing.places import followed


def _failing(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def fails(place: Path) -> Path:
        raise OSError(number, os.strerror(number), str(place))

    monkeypatch.setattr(Path, "readlink", fails)


def test_a_disk_that_fails_shows_no_way_out_of_the_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "etc").symlink_to("/somewhere")
    assert Disk(tmp_path).real("/etc/galaxy.yml") == tmp_path / "somewhere/galaxy.yml"
    _failing(monkeypatch, errno.EIO)
    with pytest.raises(Refused, match="cannot be read: input/output error"):
        Disk(tmp_path).real("/etc/galaxy.yml")


@pytest.mark.parametrize("number", [errno.EIO, errno.EACCES])
def test_where_a_file_is_written_is_known_or_nothing_is(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "galaxy.yml").symlink_to("there/shared.yml")
    found = tmp_path / "there/shared.yml"
    assert followed(tmp_path / "galaxy.yml") == (found, [tmp_path / "galaxy.yml"])
    _failing(monkeypatch, number)
    with pytest.raises(OSError, match=os.strerror(number)) as error:
        followed(tmp_path / "galaxy.yml")
    assert error.value.errno == number
