"""What was applied: kept beside the state file, so that a later run can tell a new answer from an edited file.

The texts hold secrets: the folder is 0700 and its files 0600.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import wizard
from wizard.plan import Plan
from wizard.storage import replace_file, unwritable

FOLDER = ".galaxy-setup"
APPLIED = "applied.json"


def remember(config_dir: Path, plan: Plan) -> None:
    """Record every managed file of `plan` as it stands after the apply. Raises Refused when that cannot be written."""
    folder = config_dir / FOLDER
    entry: dict[str, Any] = {
        "format": 1,
        "galaxy_setup": wizard.__version__,
        "applied_at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "files": {
            file.path: {
                "sha256": hashlib.sha256(file.after.encode("utf-8")).hexdigest(),
                "mode": f"{file.mode:04o}",
                "text": file.after,
                "options": {change.option: list(change.questions) for change in file.changes},
            }
            for file in plan.files
        },
    }
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_file(folder / APPLIED, json.dumps(entry, indent=1).encode("utf-8"), 0o600)
    except OSError as error:
        raise unwritable(str(folder), error) from None
