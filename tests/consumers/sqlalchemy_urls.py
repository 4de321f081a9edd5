"""What does SQLAlchemy, which Galaxy connects with, find in these database URLs?

usage: sqlalchemy_urls.py FILE

FILE holds a JSON list of URLs.

prints: ok, problems, urls (for each URL its username, password, host, port, database and query, or null when it
cannot be parsed).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def found_in(url: str) -> dict[str, Any]:
    from sqlalchemy.engine import make_url

    made = make_url(url)
    names = ("username", "password", "host", "port", "database")
    return {**{name: getattr(made, name) for name in names}, "query": dict(made.query)}


def main(file: str) -> int:
    urls: list[dict[str, Any] | None] = []
    problems: list[str] = []
    for number, url in enumerate(json.loads(Path(file).read_text())):
        try:
            urls.append(found_in(url))
        except Exception as error:
            urls.append(None)
            problems.append(f"{number}: {error}")
    print(json.dumps({"ok": not problems, "problems": problems, "urls": urls}))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
