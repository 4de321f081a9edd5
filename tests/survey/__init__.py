"""The survey of existing installs."""
