"""Templates in documents: texts with ``{variables}`` that a client fills in."""

import re
from typing import Any

# A name in braces. What stands in doubled braces or after a dollar belongs to somebody else's
# language, and JSON in a value is no template.
TEMPLATE_VARIABLE = re.compile(r"(?<![{$])\{([A-Za-z_][\w.-]*)\}(?!\})", re.ASCII)


def undeclared(text: Any, declared: Any) -> list[str]:
    """The variables that ``text`` uses and ``declared`` does not hold, each once.

    Neither need be what it should; ``declared`` may be any collection of names.
    """
    if not isinstance(text, str):
        return []
    known = declared if isinstance(declared, (dict, set)) else ()
    return [name for name in dict.fromkeys(TEMPLATE_VARIABLE.findall(text)) if name not in known]
