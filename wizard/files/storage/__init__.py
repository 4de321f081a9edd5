"""Where datasets are kept: the object store's own configuration file, in YAML and in XML."""
