"""systemd units and their drop-ins."""
