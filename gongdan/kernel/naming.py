"""The shop's own words for customer, technician and agent in sentences that were written with the house's (R-012)."""

from __future__ import annotations

import re
from collections.abc import Mapping

HOUSE: Mapping[str, str] = {"customer_word": "客户", "technician_word": "师傅", "agent_word": "客服"}

# 用户名 is a log-in name and 客户端 a program: neither speaks of the customer.
_PLACES = {
    "customer_word": re.compile(r"客户(?!端)|用户(?!名)"),
    "technician_word": re.compile(r"师傅"),
    "agent_word": re.compile(r"客服"),
}


def own_words(words: Mapping[str, str]) -> dict[str, str]:
    """Those of the shop's words that are not the house's anyway."""
    return {name: word for name, word in words.items() if name in HOUSE and word and word != HOUSE[name]}


def named(sentence: str, words: Mapping[str, str]) -> str:
    """The sentence with the shop's words in the places of the house's. For marked sentences, never for typed text."""
    chosen = own_words(words)
    if not chosen:
        return sentence
    pattern = re.compile("|".join(f"(?P<{name}>{_PLACES[name].pattern})" for name in chosen))
    return pattern.sub(lambda found: chosen[str(found.lastgroup)], sentence)
