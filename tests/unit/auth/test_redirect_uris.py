"""Where a browser may be sent with an authorization code, and how the page's policy says it."""

import pytest

from accounts.oauth.clients import LONGEST_REDIRECT_URI, form_action_for


@pytest.mark.parametrize(
    ("uri", "policy"),
    [
        ("https://agent.example.org/callback?x=1", "https://agent.example.org"),
        ("https://agent.example.org:8443/", "https://agent.example.org:8443"),
        ("http://127.0.0.1:3030/callback", "http://127.0.0.1:3030"),
        ("http://localhost/callback", "http://localhost"),
        ("http://[::1]:3030/", "http://[::1]:3030"),
        ("cursor://anysphere.cursor-mcp/oauth/callback", "cursor:"),
        ("com.example.app:/callback", "com.example.app:"),
    ],
)
def test_a_redirect_uri_in_the_words_of_a_policy(uri: str, policy: str) -> None:
    assert form_action_for(uri) == policy


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "agent.example.org",
        "//agent.example.org/",
        "https:///callback",
        "https://a.example; script-src *",
        "https://a.example;script-src",
        "https://a.example,https://b.example",
        "https://user:password@a.example/",
        "https://a.example/\nSet-Cookie: a=b",
        "https://*.example.org/",
        "https://a.example/#fragment",
        "https://[::1/",
        "http://agent.example.org/",
        "http://127.0.0.1.evil.example/",
        "http://127.0.0.1@evil.example/",
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "https://a.example/" + "a" * LONGEST_REDIRECT_URI,
    ],
)
def test_what_is_no_redirect_uri(uri: str) -> None:
    assert form_action_for(uri) is None
