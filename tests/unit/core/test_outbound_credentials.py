"""Headers that prove who we are: for one origin, and in no text."""

import pytest

from registry_site.lib.outbound import NO_CREDENTIALS, Credentials, OutboundRefused, origin_of

SENT = Credentials(
    origin="https://a.example",
    headers={"Authorization": "Bearer canary+7f/3a==", "X-Tenant": "acme"},
)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://A.example:443/mcp?x=1", "https://a.example"),
        ("http://a.example:8080", "http://a.example:8080"),
        ("http://[::1]:80/mcp", "http://[::1]"),
        ("https://b\xfccher.example/", "https://xn--bcher-kva.example"),
    ],
)
def test_an_origin_has_one_form(url: str, origin: str) -> None:
    assert origin_of(url) == origin


@pytest.mark.parametrize("url", ["", "/mcp", "http://", "https://a.example:port/", "mailto:a@b"])
def test_what_leads_nowhere_has_no_origin(url: str) -> None:
    with pytest.raises(OutboundRefused):
        origin_of(url)


@pytest.mark.parametrize(
    "origin", ["http://a.example", "https://a.example:8443", "https://b.a.example", "", "https://"]
)
def test_no_other_origin_is_sent_anything(origin: str) -> None:
    assert SENT.for_origin(origin) == []


def test_their_origin_is_sent_them() -> None:
    assert SENT.for_origin("https://a.example") == [
        (b"Authorization", b"Bearer canary+7f/3a=="),
        (b"X-Tenant", b"acme"),
    ]


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Bearer canary+7f/3a== is wrong", "*** is wrong"),
        ("token canary+7f/3a==!", "token ***!"),
        ("https://x/?k=canary%2B7f%2F3a%3D%3D", "https://x/?k=***"),
        ("CANARY+7F/3A==", "***"),
        ("the tenant acme", "the tenant acme"),
    ],
)
def test_a_secret_is_masked_in_each_of_its_forms(text: str, masked: str) -> None:
    assert SENT.masked(text) == masked
    assert NO_CREDENTIALS.masked(text) == text


def test_json_is_masked_in_its_texts_and_keys_however_deep() -> None:
    secret = "canary+7f/3a=="
    value: dict[str, object] = {"a": [1, None, {secret: secret}], "b": f"x{secret}"}
    deep = value
    for _ in range(2_000):
        deep["next"] = deep = {"said": secret}

    SENT.mask_json(value)

    assert value["a"] == [1, None, {"***": "***"}]
    assert (value["b"], deep) == ("x***", {"said": "***"})


def test_what_is_not_there_is_not_masked() -> None:
    SENT.mask_json(None)
    NO_CREDENTIALS.mask_json({"a": "b"})


def test_nobody_reads_them_by_printing_them() -> None:
    assert "canary" not in repr(SENT) + str(SENT)
