"""Galaxy's own configuration samples, of every release that PyPI has them of: fetched by `python3 -m tests`.

Standard library only, since this runs before anything is installed. A wheel is downloaded by pip and never installed;
of its files only the samples are kept, below `RELEASE/`, in the folder that GALAXY_SETUP_SAMPLES names for the tests.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath

ENVIRONMENT_VARIABLE = "GALAXY_SETUP_SAMPLES"

# The newest point release of each, and the package that carries its samples. No wheel of 20.09 has them, none is there
# of 21.01 and 21.05, and before 20.05 Galaxy was not on PyPI.
RELEASES = {
    "20.05": "galaxy-app==20.5.0",
    "21.09": "galaxy-app==21.9.0",
    "22.01": "galaxy-config==22.1.1",
    "23.0": "galaxy-config==23.0.6",
    "23.1": "galaxy-config==23.1.4",
    "23.2": "galaxy-config==23.2.1",
    "24.0": "galaxy-config==24.0.3",
    "24.1": "galaxy-config==24.1.4",
    "24.2": "galaxy-config==24.2.4",
    "25.0": "galaxy-config==25.0.4",
    "25.1": "galaxy-config==25.1.3",
    "26.0": "galaxy-config==26.0.2",
    "26.1": "galaxy-config==26.1.2",
}
IN_WHEEL = "galaxy/config/sample/"
AT_ONCE = 4


class CannotFetch(Exception):
    """Samples that could not be had; the text is for the user."""


def fetch(python: str | Path, place: Path) -> int:
    """Bring the samples of every release below `place`, by the pip of `python`. The number of releases fetched now.

    A release that is there already stays as it is. Raises CannotFetch, naming each release that is missing.
    """
    place.mkdir(parents=True, exist_ok=True)
    absent = [
        release for release, wheel in RELEASES.items() if not (place / release / _stamp(wheel)).exists()
    ]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        faults = list(pool.map(lambda release: _fetch_release(python, place, release), absent))
    said = [fault for fault in faults if fault is not None]
    if said:
        raise CannotFetch("\n".join(said))
    return len(absent)


def _stamp(requirement: str) -> str:
    return f".{requirement}"


def _fetch_release(python: str | Path, place: Path, release: str) -> str | None:
    """Fetch one release. None, or what went wrong."""
    requirement = RELEASES[release]
    with tempfile.TemporaryDirectory(dir=place, prefix=f".{release}-") as scratch:
        folder = Path(scratch)
        # The wheel is for any Python, whatever it says of the one it would run on.
        command = [str(python), "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
        command += ["--ignore-requires-python", "--dest", scratch, requirement]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        wheels = list(folder.glob("*.whl"))
        if run.returncode != 0 or not wheels:
            said = run.stderr.strip().splitlines() or ["no wheel came"]
            return f"{release} ({requirement}): {said[-1]}"
        kept = folder / release
        kept.mkdir()
        with zipfile.ZipFile(wheels[0]) as wheel:
            for name in wheel.namelist():
                if name.startswith(IN_WHEEL) and not name.endswith("/"):
                    (kept / PurePosixPath(name).name).write_bytes(wheel.read(name))
        if not any(kept.iterdir()):
            return f"{release} ({requirement}): its wheel holds no samples"
        (kept / _stamp(requirement)).touch()
        shutil.rmtree(place / release, ignore_errors=True)
        kept.rename(place / release)
    return None
