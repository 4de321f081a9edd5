"""Write docs/consumers.md anew: `python -m tests.verdicts`."""

from __future__ import annotations

from tests.verdicts.document import PLACE, text

if __name__ == "__main__":
    PLACE.write_text(text(), encoding="utf-8")
    print(f"wrote {PLACE.name}")
