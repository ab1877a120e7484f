"""English words that say nothing about what a tool or a server does."""

# Articles, pronouns, prepositions, auxiliaries, and what apostrophes leave behind.
_SAYING_NOTHING = """
a about above after again all also am an and any are as at be because been before being below
between both but by can cannot could did do does doing down during each either else etc ever
few for from further had has have having he her here hers herself him himself his how however
i if in into is it its itself just let may me might more most must my myself no nor not of off
on once only onto or other our ours ourselves out over own per shall she should so some such
than that the their theirs them themselves then there therefore these they this those though
through thus to too under until up upon us very via was we were what when where whether which
while who whom whose why will with within without would yes yet you your yours yourself
yourselves ain aren couldn didn doesn don hadn hasn haven isn ll mustn needn re shan shouldn
ve wasn weren won wouldn
"""

# What people say around what they look for. Names of tools say some of it too.
_SAID_AROUND = """
anybody anyone anything available best find get getting give good great hello help helping hey
hi information kindly know like look looking make need needed needs new please possible
provide recommend recommendation recommendations right show somebody someone something suggest
suggestion suggestions tell thank thanks think tool tools trying use used using want wanted
wants way
"""

STOP_WORDS = frozenset(_SAYING_NOTHING.split())
FILLERS = frozenset(_SAID_AROUND.split())
