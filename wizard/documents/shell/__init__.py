"""Shell scripts: the assignments at their head."""
