"""Which genomes and data tables does Galaxy see with these configurations?

usage: local_data.py GALAXY_YML...

Several at once, since Galaxy takes seconds to be imported. Galaxy's own configuration says where builds.txt and the
lists of data tables are, `read_dbnames` reads the one, and the manager of data tables, as at start, the others.

prints: ok, problems, and installs, one for each file: problems, builds_file, builds (pairs of key and name as users
see them), lists, and tables: of each its columns in order, its files,
and its lines as Galaxy has them.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import warnings
from pathlib import Path
from typing import Any

UNASKED = ("Cannot find index file", "Error loading Data Table URL")
"""Of Galaxy's sample: tables whose files nobody has, and one that stands in the web."""


def unconnected() -> None:
    """Let no table be fetched from elsewhere."""
    from galaxy.tool_util import data

    def refuse(url: str, **more: Any) -> None:
        raise OSError("not fetched")

    data.requests.get = refuse


class Kept(logging.Handler):
    """What Galaxy says of lines that it does not take."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


def main(path: Path) -> dict[str, Any]:
    from galaxy.config import GalaxyAppConfiguration
    from galaxy.managers.dbkeys import read_dbnames
    from galaxy.tools.data import ToolDataTableManager
    from galaxy.util.properties import load_app_properties

    options = load_app_properties(config_file=str(path), config_section="galaxy")
    configuration = GalaxyAppConfiguration(**{"config_dir": str(path.parent), **options})
    lists = configuration.tool_data_table_config_path
    said: dict[str, Any] = {
        "builds_file": configuration.builds_file_path,
        "builds": read_dbnames(configuration.builds_file_path),
        "lists": lists,
    }
    Path(configuration.new_file_path).mkdir(parents=True, exist_ok=True)
    kept = Kept()
    log = logging.getLogger("galaxy.tool_util.data")
    log.addHandler(kept)
    try:
        manager = ToolDataTableManager(
            tool_data_path=configuration.tool_data_path,
            config_filename=lists,
            other_config_dict=configuration,
        )
    except Exception as refusal:  # Galaxy lets any mistake in a list come through as what it is
        return {**said, "problems": [f"{type(refusal).__name__}: {refusal}"]}
    finally:
        log.removeHandler(kept)
    said["tables"] = {
        name: {
            "columns": table.get_column_name_list(),
            "files": sorted(table.filenames),
            "lines": table.get_fields(),
        }
        for name, table in manager.get_tables().items()
    }
    return {**said, "problems": [text for text in kept.said if not text.startswith(UNASKED)]}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.getLogger().addHandler(logging.NullHandler())
    unconnected()
    installs = []
    for file in [Path(argument).absolute() for argument in sys.argv[1:]]:
        # Galaxy takes a checkout as its working directory for a sign; there is none here.
        os.chdir(file.parent)
        installs.append(main(file))
    problems = [problem for install in installs for problem in install["problems"]]
    print(json.dumps({"ok": not problems, "problems": problems, "installs": installs}, default=str))
    sys.exit(0 if not problems else 1)
