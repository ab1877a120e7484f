"""What every request passes, whichever page or endpoint it is for.

They are synchronous: they ask the database and Redis.
"""

from accounts.middleware.audit_trail import AuditTrail
from accounts.middleware.null_characters import NullCharacters
from accounts.middleware.rate_limiting import RateLimiting

__all__ = ["AuditTrail", "NullCharacters", "RateLimiting"]
