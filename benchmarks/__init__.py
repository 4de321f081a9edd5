"""How long the commands take, each beside its floor."""
