"""uWSGI's section of a galaxy.yml, which is not quite YAML."""
