"""INI files as Paste, supervisord and uWSGI read them."""
