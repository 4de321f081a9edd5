"""Secrets that are easily recognised, planted wherever a secret may stand, and looked for wherever none may be."""
