"""Files of the system around Galaxy: logrotate, cron and ProFTPD."""
