"""What do Galaxy's and supervisord's own INI parsers read in these texts?

usage: ini_texts.py FILE

FILE holds a JSON list of texts.

prints: ok, problems, galaxy and supervisord: for each text {section: {option: value}} with `%` as it stands and with
what a section inherits, or null when the parser refuses the text.
"""

from __future__ import annotations

import configparser
import json
import sys
import tempfile
from pathlib import Path
from typing import Any


def galaxy(file: str) -> Any:
    from galaxy.util.properties import nice_config_parser

    own = {"here", "__file__"}
    parser = nice_config_parser(file)
    return {
        section: {name: value for name, value in parser.items(section, raw=True) if name not in own}
        for section in parser.sections()
    }


def supervisord(file: str) -> Any:
    from supervisor.options import UnhosedConfigParser

    parser = UnhosedConfigParser()
    parser.read(file)
    return {section: dict(parser.items(section)) for section in parser.sections()}


def main(texts: list[str]) -> dict[str, Any]:
    seen: dict[str, list[Any]] = {"galaxy": [], "supervisord": []}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "text.ini")
        for text in texts:
            file.write_bytes(text.encode())
            for name, reader in (("galaxy", galaxy), ("supervisord", supervisord)):
                try:
                    seen[name].append(reader(str(file)))
                except configparser.Error:
                    seen[name].append(None)
    return seen


if __name__ == "__main__":
    print(json.dumps({"ok": True, "problems": [], **main(json.loads(Path(sys.argv[1]).read_text()))}))
