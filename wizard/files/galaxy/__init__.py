"""Galaxy's own configuration file: galaxy.yml (its sections for Galaxy and for Gravity) or galaxy.ini."""
