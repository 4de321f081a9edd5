"""Every promise of galaxy-setup, each shown by running it."""
