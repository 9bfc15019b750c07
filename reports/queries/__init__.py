"""Reads of reports: the registry of figures, each figure in a module, and the lists behind them."""
