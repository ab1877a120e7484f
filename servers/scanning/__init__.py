"""The description scan: what in the texts of a server a person should look at before trusting it.

Findings warn, with the exact span and the rule that saw it; nothing is ever refused for one.
docs/scanning.md lists the rules.
"""

from servers.scanning.findings import Finding, visible
from servers.scanning.scan import scan_definition, scan_names, scan_texts

__all__ = ["Finding", "scan_definition", "scan_names", "scan_texts", "visible"]
