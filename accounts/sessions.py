"""Sessions in the database so that a dump of the table opens nothing.

They stand under a digest of their key, and what they hold is encrypted: a sign-in or the set-up of
a second factor that is under way has its secrets there. Named by ``SESSION_ENGINE``. The key itself
is in the browser's cookie and nowhere else.
"""

from hashlib import sha256
from typing import Any, cast

from asgiref.sync import sync_to_async
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils import timezone
from django.utils.encoding import force_str

from accounts.encryption import Undecipherable, decrypt, encrypt
from accounts.models import Session

PURPOSE = "session"
# The column takes 40 characters: 160 bits of the digest.
DIGEST_LENGTH = 40


def digest(session_key: str) -> str:
    """What is kept of ``session_key``."""
    return sha256(session_key.encode()).hexdigest()[:DIGEST_LENGTH]


class SessionStore(DatabaseStore):
    """Django's store in the database, with digests where it has keys, and the session's user."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def encode(self, session_dict: dict[str, Any]) -> str:
        return encrypt(super().encode(session_dict), purpose=PURPOSE)

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        """An empty session for data that is not ours, which signs out."""
        try:
            return super().decode(decrypt(force_str(session_data), purpose=PURPOSE))
        except Undecipherable:
            return {}

    def _get_session_from_db(self) -> Session | None:
        key = self.session_key
        if key is None:
            return None
        found = Session.objects.filter(pk=digest(key), expire_date__gt=timezone.now()).first()
        if found is None:
            self._session_key = None
        return found

    def exists(self, session_key: str) -> bool:
        return super().exists(digest(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        session = cast("Session", super().create_model_instance(data))
        session.session_key = digest(session.session_key)
        user_id = data.get(SESSION_KEY)
        session.user_id = int(user_id) if user_id else None
        return session

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            Session.objects.filter(pk=digest(key)).delete()

    # Nothing here is awaited so far; whatever will be keeps to digests as well.
    async def _aget_session_from_db(self) -> Session | None:
        return await sync_to_async(self._get_session_from_db)()

    async def aexists(self, session_key: str) -> bool:
        return await sync_to_async(self.exists)(session_key)

    async def acreate_model_instance(self, data: dict[str, Any]) -> Session:
        return await sync_to_async(self.create_model_instance)(data)

    async def adelete(self, session_key: str | None = None) -> None:
        await sync_to_async(self.delete)(session_key)
