"""Probing: from an endpoint to an outcome. No database here; ``healthchecks.services`` records."""
