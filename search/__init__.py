"""Find: what text is embedded, the vector index over it, and the answers to a query.

Knows the catalogue (``servers``) and nothing of health checks beyond the columns they fill there.
"""
