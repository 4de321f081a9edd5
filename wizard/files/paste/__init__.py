"""Paste, which served Galaxy until 17.09: its servers in galaxy.ini, and the filters around Galaxy."""

from __future__ import annotations

from wizard.files.lens import Lens
from wizard.files.paste.filters import PasteFilters
from wizard.files.paste.servers import PasteServers

PASTE: tuple[Lens, ...] = (PasteServers(), PasteFilters())
