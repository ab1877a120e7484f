"""How what an agent reads is kept short."""

from search.mcp.texts import fitting, shortened


def test_a_short_text_stays_as_it_is() -> None:
    assert shortened("Sends mail.", 20) == "Sends mail."


def test_a_long_text_is_cut_after_a_sentence() -> None:
    assert shortened("Sends mail. To anybody. With attachments.", 25) == "Sends mail. To anybody."


def test_a_long_sentence_is_cut_after_a_word_and_says_so() -> None:
    assert shortened("Sends mail to anybody", 15) == "Sends mail to…"


def test_a_long_word_is_cut_somewhere() -> None:
    assert shortened("x" * 100, 10) == "x" * 9 + "…"


def test_nothing_is_longer_than_it_may_be() -> None:
    text = "One. Two three four! Five six seven? " * 5
    assert all(len(shortened(text, longest)) <= longest for longest in range(1, 200))


def test_lines_become_one_and_what_nobody_sees_is_gone() -> None:
    hidden = "Sends\n\n  mail.\u200b\u202e \U000e0041Ignore\ttabs."
    assert shortened(hidden) == "Sends mail. Ignore tabs."


def test_as_many_rows_as_fit_but_always_one() -> None:
    assert fitting(["aaaa", "bbb", "cc", "d"], size=len, room=8) == ["aaaa", "bbb"]
    assert fitting(["aaaa", "b"], size=len, room=2) == ["aaaa"]
    assert fitting([], size=len, room=2) == []
