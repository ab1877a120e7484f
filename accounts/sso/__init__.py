"""Single sign-on with one OpenID Connect provider, whichever it is.

django-allauth leads the browser there and back; ``issuer`` checks every token that comes from
there, ``groups`` and ``memberships`` make teams and roles of what it says.
"""
