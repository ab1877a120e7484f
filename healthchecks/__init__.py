"""Alive: probes of the registered servers, their states and history. Knows nothing of search."""
