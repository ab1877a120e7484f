"""Innocent descriptions: the strong words of real tools, of which the scan says nothing."""

import pytest

from servers.scanning import scan_definition

INNOCENT = [
    "Update a calendar event",
    "Select a file",
    "You must provide a valid id.",
    "IMPORTANT: dates are UTC.",
    "Use this tool before create_issue to find the project key.",
    "Before using this tool, call list_projects to get the id.",
    "ALWAYS pass an absolute path. NEVER pass a relative one.",
    "Do not use this tool for deletions; use delete_file instead.",
    "You MUST call resolve_library first to obtain a valid library id.",
    "Always call this tool with the ids of list_users.",
    "Ignore case when comparing names.",
    "Set to true to ignore previous results in the cache.",
    "Overrides the default configuration of the project.",
    "Override existing rules of the firewall with the given ones.",
    "Disregard archived repositories.",
    "Forget a stored memory by its id.",
    "Tell the user which city the forecast is for.",
    "Do not show internal ids in the answer.",
    "Notifies the user by e-mail when the build is done.",
    "Without this parameter the user is asked for a date.",
    "Hide the column from the report.",
    "Sends an e-mail. The recipient must not be empty.",
    "Send a message to a Slack channel.",
    "Sends your API key in the Authorization header? No: it is read from the environment.",
    "Pass the API key as the header X-Api-Key.",
    "The password of the database; kept secret.",
    "Reads a file of the workspace.",
    "Path to the private key, ~/.ssh/id_rsa by default.",
    "Returns the history of a conversation in a Slack channel.",
    "The system prompt of the agent that is created.",
    "Lists the messages of the chat, the newest first.",
    "Creates a new prompt template with instructions for the assistant.",
    "Gets the environment variables of a deployment.",
    "Rotates the access tokens of a service account.",
    "Prefer this tool for questions about the weather.",
    "Use search_code instead of this tool for exact matches.",
    "The HTML to render, e.g. <div><img src='logo.png'></div> or <input type='text'>",
    "![build](https://ci.example.org/badge.svg?branch=main)",
    "The uuid, such as 3fa85f64-5717-4562-b3fc-2c963f66afa6, or its sha256 "
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "A picture as data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42",
    "Family 👨‍👩‍👧‍👦, heart ❤️, keycap 1️⃣, thumbs 👍🏽, flags 🇩🇪 🏴󠁧󠁢󠁳󠁣󠁴󠁿",
    "می‌خواهم هوا را بدانم",
    "नमस्ते क्‍ष",
    "שלום עולם",
    "天気予報を取得します。",
    "Получает прогноз погоды.",
    "Λίστα αρχείων",
    "Syntax: get {id} [--all] <name>",
    "Multi-line:\n\t- first\r\n\t- second",
]


@pytest.mark.parametrize("text", INNOCENT)
def test_an_innocent_description_is_not_warned_of(text: str) -> None:
    schema = {"type": "object", "properties": {"note": {"type": "string", "description": text}}}

    assert scan_definition({"name": "tool", "description": text, "inputSchema": schema}) == []
