"""The clients, one module each: where its file is, and how it writes a way into a server."""
