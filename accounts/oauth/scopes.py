"""What an OAuth access token may be used for, in the words of the consent page."""

from accounts.access import Action, InvalidScope, Scope

# A program may be given no more than this: reviews and administration stay with people.
SCOPES = {
    Action.VIEW: "See and search the servers that you may see",
    Action.CALL: "Call the tools of servers",
    Action.PROBE: "Check whether servers are healthy",
    Action.REGISTER: "Register servers",
    Action.EDIT: "Change and disable servers",
}
# For a program that does not say what it wants.
DEFAULT_SCOPES = (Action.VIEW,)


def scopes_in(texts: list[str]) -> tuple[Scope, ...]:
    """Those of ``texts`` that mean something to the registry; the others are somebody else's."""
    return tuple(scope for text in texts if (scope := _parsed(text)) and scope.action in SCOPES)


def _parsed(text: str) -> Scope | None:
    try:
        return Scope.parse(text)
    except InvalidScope:
        return None
