"""The official registry API, as clients of any MCP registry speak it: `/v0.1`, and `/v0` beside it.

One more door to the catalogue. What may be seen and done is decided by ``servers.access``, what is
done by ``servers.services``; here stands only how the official API says it.
"""
