"""Programs for the person at the keyboard and for `make`; the registry imports none of them."""
