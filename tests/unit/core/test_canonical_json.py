"""registry_site.lib.canonical_json: one byte string for one value."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry_site.lib.canonical_json import canonical_bytes, fingerprint

JSON_TEXT = st.text(st.characters(exclude_categories=["Cs"]))


def test_keys_are_sorted_and_white_space_is_left_out() -> None:
    assert canonical_bytes({"b": [1, 2], "a": {"d": None, "c": "ü"}}) == (
        '{"a":{"c":"ü","d":null},"b":[1,2]}'.encode()
    )


@given(st.dictionaries(JSON_TEXT, st.integers(0, 9)))
def test_the_order_of_keys_does_not_matter(value: dict[str, int]) -> None:
    assert fingerprint(value) == fingerprint(dict(reversed(value.items())))


def test_the_order_of_a_list_matters() -> None:
    assert fingerprint([1, 2]) != fingerprint([2, 1])


def test_the_fingerprint_is_the_sha256_of_the_canonical_form() -> None:
    assert fingerprint({"a": 1}) == hashlib.sha256(b'{"a":1}').hexdigest()


@pytest.mark.parametrize("value", ["\ud800", {1, 2}, 2**64])
def test_what_json_cannot_carry_is_a_type_error(value: object) -> None:
    with pytest.raises(TypeError):
        canonical_bytes(value)
