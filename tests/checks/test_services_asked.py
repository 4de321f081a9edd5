"""`galaxy.services` where Gravity itself ends with an error: nothing is known of services, and none is called down."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.checks.servers import account, looked, open_folder, states, virtualenv
from wizard.checks import in_effect

REFUSED = {
    "no YAML": "gravity: [\n",
    "a value that Gravity refuses": "gravity:\n  process_manager: nobody\n  galaxy_root: {folder}\n",
}


@pytest.fixture
def folder() -> Iterator[Path]:
    """An install whose galaxyctl is the real one."""
    with open_folder(owned=True) as place:
        (place / "bin").mkdir()
        real = virtualenv(place)
        for name in ("galaxyctl", "supervisord", "supervisorctl"):
            (place / "bin" / name).symlink_to(real / "bin" / name)
        yield place


def values(folder: Path) -> dict[str, Any]:
    return {
        "groundwork.release": "26.1",
        "groundwork.user": account(),
        "groundwork.root": str(folder),
        "groundwork.config_dir": str(folder),
        "groundwork.virtualenv": str(folder),
        "groundwork.data_dir": f"{folder}/data",
        "groundwork.service_manager": "gravity-supervisor",
    }


@pytest.mark.consumer
@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_a_status_that_ends_with_an_error_is_skipped_and_says_so(text: str, folder: Path) -> None:
    (folder / "galaxy.yml").write_text(text.format(folder=folder))
    seen = looked(in_effect.services, values(folder))
    assert states(seen) == {"galaxy.services": "skipped"}
    assert "galaxyctl status ends with an error" in seen["galaxy.services"].what
