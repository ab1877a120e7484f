"""Small topics that two or more apps share: one module each, none of which imports an app."""
