"""What every request passes, whichever page or endpoint it is for.

They are synchronous on purpose: they ask the database and Redis, and a chain of middleware that is
synchronous throughout changes threads once a request rather than once a middleware.
"""

from accounts.middleware.audit_trail import AuditTrail
from accounts.middleware.null_characters import NullCharacters
from accounts.middleware.rate_limiting import RateLimiting

__all__ = ["AuditTrail", "NullCharacters", "RateLimiting"]
