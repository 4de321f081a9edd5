"""Galaxy as PasteDeploy loads it: `[app:main]` of galaxy.ini.

Source: Galaxy's sample galaxy.ini until 17.09. The factory is still there in 22.01, the last release that Paste can
serve (galaxy.web.buildapp of the package galaxy-web-framework 20.5 and 22.1), and in the sample that 22.01 brings.
"""

from __future__ import annotations

from wizard.documents.tree import MISSING, REMOVE, Path, TreeDocument
from wizard.files.entry_lens import Entry

APPLICATION = "app:main"
FACTORY = "paste.app_factory"
APP_FACTORY = "galaxy.web.buildapp:app_factory"
SKELETON = f"""\
# Galaxy's configuration. Everything that can stand here is shown in Galaxy's galaxy.ini.sample.

[{APPLICATION}]
{FACTORY} = {APP_FACTORY}
"""


def complete(document: TreeDocument, changes: dict[Path, Entry]) -> None:
    """Say what PasteDeploy loads, where something is changed for it and nothing says so yet."""
    wanted = [entry for entry in changes.values() if entry.value is not REMOVE]
    if wanted and all(document.get((APPLICATION, name)) is MISSING for name in (FACTORY, "use")):
        rest = dict(changes)
        changes.clear()
        changes[APPLICATION, FACTORY] = Entry(APP_FACTORY, wanted[0].questions)
        changes.update(rest)
