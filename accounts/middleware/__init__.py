"""What every request passes, whichever page or endpoint it is for.

Both are synchronous on purpose: they ask the database and Redis, and a chain of middleware that is
synchronous throughout changes threads once a request rather than once a middleware.
"""

from accounts.middleware.audit_trail import AuditTrail
from accounts.middleware.rate_limiting import RateLimiting

__all__ = ["AuditTrail", "RateLimiting"]
