"""`python -m tests.faults ROOT SCENE WHICH [CRASHES]` with the shim preloaded: prints what was counted and found.

With CRASHES, so many runs of the scene are cut off, and the faults happen to their recovery.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.faults.scenes import SCENES
from tests.faults.sweep import Sweep


def main(root: str, name: str, which: str, crashes: str = "0") -> None:
    sweep = Sweep(Path(root), SCENES[name](Path(root)))
    if int(crashes):
        sweep.run_recovery(int(crashes), which)
    else:
        sweep.run(which)
    print(
        json.dumps(
            {"calls": sweep.reached, "names": sweep.names, "counted": sweep.counted, "found": sweep.found}
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
