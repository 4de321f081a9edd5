"""Renders texts as Ansible renders a template: the file holds JSON with `texts`, and `variables` that they name."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment


def main(path: Path) -> dict[str, Any]:
    asked = json.loads(path.read_text(encoding="utf-8"))
    jinja = SandboxedEnvironment(undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True)
    try:
        texts = [jinja.from_string(text).render(asked["variables"]) for text in asked["texts"]]
    except TemplateError as error:
        return {"ok": False, "problems": [str(error)]}
    return {"ok": True, "problems": [], "texts": texts}


if __name__ == "__main__":
    found = main(Path(sys.argv[1]))
    print(json.dumps(found))
    sys.exit(0 if found["ok"] else 1)
