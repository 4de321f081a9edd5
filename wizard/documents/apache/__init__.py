"""Apache's and ProFTPD's configuration: directives in sections."""
