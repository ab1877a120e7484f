"""The registry's own MCP endpoint, ``/mcp``: an agent finds the tool for its task here.

``views`` is the door: who asks, from where, and how often. It hands one message to ``exchange``,
where the official SDK speaks the protocol; ``program`` is the server that the SDK serves, and
``toolbox`` its tools. Nothing here decides what is found or who sees it; the services do.

No other module may import these: the SDK costs half a second and 25 MB, which a process pays at
its first message.
"""
