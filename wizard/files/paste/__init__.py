"""Paste, which served Galaxy until 17.09: its servers in galaxy.ini."""

from __future__ import annotations

from wizard.files.lens import Lens
from wizard.files.paste.servers import PasteServers

PASTE: tuple[Lens, ...] = (PasteServers(),)
