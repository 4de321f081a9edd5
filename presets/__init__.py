"""Presets: ready answers to start from, as NAME@VERSION.toml. A version never changes once released."""
