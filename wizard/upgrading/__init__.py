"""From the answers and files of one release to those of a newer one, with a report of what became of everything."""
