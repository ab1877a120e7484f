"""Texts that are longer than the format allows, cut where a reader would."""


def shortened(text: str, length: int) -> str:
    """``text`` in at most ``length`` characters, cut after a whole word and marked with "…"."""
    if len(text) <= length:
        return text
    head, space, _ = text[:length].rpartition(" ")
    return (head.rstrip(" ,;:-") if space else text[: length - 1]) + "…"
