"""OAuth for MCP clients: the registry as protected resource and as authorization server.

django-allauth's authorization server issues the tokens; here is what it leaves open: the documents
of RFC 9728 and RFC 8414, which clients are accepted, and what a token is worth to the API.
"""
