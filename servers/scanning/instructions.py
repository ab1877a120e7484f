"""Texts that speak to the model instead of describing: the known shapes of tool poisoning.

Real descriptions are full of advice ("use this before X", "IMPORTANT: dates are UTC"), so a rule
asks for more than a strong word: somebody else's instructions to be ignored, a user who is not to
know, somebody's secrets to be read or sent.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from servers.documents.names import skeleton
from servers.scanning.findings import Span
from servers.scanning.phrases import compiled

_WORDS = {
    "not": "(do(es)? not|don't|never|must not|mustn't|should not|shouldn't|avoid)",
    "person": "(users?|humans?|person|people|customer|operator|developer|anyone|anybody)",
    "tell": "(tell|mention|inform|notify|alert|warn|reveal|disclose)",
    "telling": (
        "(telling|mentioning|informing|notifying|alerting|warning|revealing|disclosing|asking)"
    ),
    "earlier": "(previous|prior|earlier|above|preceding)",
    "instructions": (
        "(instructions?|directives?|guidelines?|guardrails?|prompts?|rules?|polic(y|ies))"
    ),
    "file": (
        r"(~/\.(ssh|aws|gnupg|kube|netrc|npmrc|pypirc|docker|config/gcloud|cursor|claude)\b"
        r"[\w./-]{0,60}"
        r"|\bid_(rsa|ed25519|ecdsa|dsa)|/etc/(passwd|shadow)|\.aws/credentials"
        r"|\bmcp\.json|\bclaude_desktop_config\.json|\.bash_history|\.zsh_history)"
    ),
    "conversation": (
        "((conversation|chat|message)s? (history|log|transcript|so far)"
        "|(full|entire|whole|complete) (conversation|chat|context( window)?)"
        r"|(all|every) (of the )?(previous|prior|earlier|past) (\S{1,20} )?messages?)"
    ),
    "secrets": (
        r"(api[\s_-]?keys?|credentials?|passwords?|(access|auth|bearer|session)[\s_-]?tokens?|secrets?"
        r"|private[\s_-]keys?|ssh[\s_-]keys?|environment[\s_-]variables?|env[\s_-]vars?|cookies)"
    ),
    "your": "(your|the (model|assistant|agent|llm|ai)'?s)",
    "address": r"[\w.+-]{1,40}@[\w.-]{0,60}\w",
    "place": (
        r"(an?|the|our|my) (external|remote|attacker\S{0,2}|collection|logging|backup) (\S{1,20} )?"
        "(server|endpoint|url|address|service|site)s?"
    ),
    "tools": r"(\S{1,20} )?(tools?|functions?|servers?)",
}
_WORDS["elsewhere"] = rf"(https?://\S{{0,80}}[\w/]|{_WORDS['address']}|{_WORDS['place']})"


class Rule(NamedTuple):
    """What a rule is called, what it says of a text, and what it looks for there."""

    name: str
    message: str
    expression: re.Pattern[str]


def _rule(name: str, message: str, *phrases: str) -> Rule:
    return Rule(name, message, compiled(*phrases, vocabulary=_WORDS))


_RULES = (
    _rule(
        "override",
        "asks the model to set aside the instructions it was given",
        "(ignore|disregard|forget|discard) ~3 ({earlier}|system|safety|your|existing|other) ~3 "
        "{instructions}",
        "(overrides?|bypass|supersedes?|takes? precedence over) ~2 "
        "({earlier}|system|safety|your) ~2 {instructions}",
        "you are now (in|an?|no longer|free|acting)",
        "(new|updated|real|actual) system (prompt|instructions?|message)",
    ),
    _rule(
        "secrecy",
        "asks the model to keep something from the user",
        "{not} (ever )?{tell} ~6 {person}",
        "without (ever )?{telling} ~4 {person}",
        "(keep|hide|conceal) ~5 from (the )?{person}",
        "{person} (must|should|need|may) (not|never) "
        "(know|notice|see|learn|be told|be aware|find out)",
    ),
    _rule(
        "secret-file",
        "asks for a file that holds somebody's secrets",
        r"(read|open|load|cat|access|fetch|retrieve|get|copy|include|attach|send|pass|provide"
        r"|contents? of) ~8 \S{{0,10}}?{file}",
    ),
    _rule(
        "exfiltration",
        "asks for secrets or for the conversation to be sent elsewhere",
        "(send|forward|post|transmit|upload|leak|exfiltrate|e?mail|bcc|submit|deliver|report) ~6 "
        "({secrets}|{conversation}) ~6 (to|at|via) {elsewhere}",
        "(send|forward|post|transmit|upload|leak|exfiltrate|submit) ~6 {your} ~2 "
        "({secrets}|system prompt)",
        "(bcc|cc|copy|forward) ~8 to {address}",
    ),
    _rule(
        "asks-for-context",
        "asks the model for what it was told in confidence",
        "(include|pass|provide|put|paste|append|insert|fill|copy|add|write|repeat|contains?|dump|print"
        "|return) ~6 {your} ~2 (system (prompt|message|instructions?)|{conversation}"
        "|initial instructions)",
        "(include|pass|provide|put|paste|append|insert|fill|copy|add|write|repeat|dump) ~5 "
        "{conversation}",
        "{your} ((full|entire|complete) )?system prompt",
        "(other|connected|installed|available) (mcp )?(tools|servers)' ~3 "
        "(outputs?|results?|data|credentials|responses?)",
    ),
    _rule(
        "priority",
        "claims the model's choice of tools for itself",
        r"always (call|use|invoke|run|execute|select|choose|pick|prefer) (this|the) "
        r"((tool|function|server) )?(\S{{1,30}} )?(first|before (any|every|all)|instead of"
        r"|over (any|all|every)|rather than|no matter|regardless|for (every|all|any))",
        "(instead of|over|rather than|before|not use) (any|all|every) (of the )?other {tools}",
        "(do not|don't|never) (call|use|invoke|trust) ((any|the) )?(other|another) {tools}",
    ),
    Rule(
        "pseudo-tag",
        "poses as a message of the system or of the user",
        re.compile(
            r"</?\s{0,3}(?:important|system|instructions?|secret|hidden|critical|confidential|admin"
            r"|sys|assistant)(?:[\s_-]\S{1,30}){0,3}\s{0,3}/?>"
            r"|<\|(?:im_start|im_end|system|user|assistant|endoftext)\|>|\[/?INST\]|<</?SYS>>"
            r"|\bBEGIN\s{1,9}(?:SYSTEM|HIDDEN|SECRET)\s{1,9}(?:PROMPT|INSTRUCTIONS?|MESSAGE)\b",
            re.IGNORECASE,
        ),
    ),
)

_IMAGE = re.compile(r"!\[[^\]\n]{0,200}\]\([^)\n]{0,500}\)|<img\s[^>]{0,500}>", re.IGNORECASE)
# An address with a place to be filled in, or one that ends where a value is due.
_FILLED_IN = re.compile(r"//[^\s\"']*?(?:[{<\[$]|%7b|=[\s\"')])", re.IGNORECASE)


def instructions_in(text: str) -> Iterator[tuple[str, Span]]:
    """What the rules see in ``text``; letters of other scripts count as what they look like."""
    plain = text if text.isascii() else skeleton(text)
    for name, message, expression in _RULES:
        for match in expression.finditer(plain):
            yield name, Span(*match.span(), message)
    for match in _IMAGE.finditer(plain):
        if _FILLED_IN.search(match.group()):
            yield "beacon", Span(*match.span(), "is an image whose address carries data away")
