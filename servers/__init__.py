"""What: the catalogue of MCP servers, their versions and tools; nothing of search or health."""
