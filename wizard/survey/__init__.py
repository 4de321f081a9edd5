"""An existing install: which files it uses, and the answers behind them. Reads only."""
