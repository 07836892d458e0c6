"""What was asked and answered while the customer told his fault: taken apart from his own words (R-064)."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

_MARKS = " \t，,。．.；;、"
_ASKING = re.compile(r"(?:是什么状态|是什么样|是什么|怎么样|是哪种|是多少)$")
_ABOUT_CODE = re.compile(r"代码|报错码|错误码")
_IN_SHORT = 3  # answers stand for a fault that was not told


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of the script with the answers it offers."""

    id: int
    text: str
    choices: Sequence[str] = ()

    @property
    def lead(self) -> str:
        """As a line of the text begins that answers it."""
        return self.text.rstrip("？? ")

    @property
    def is_about_code(self) -> bool:
        """Whether it asks for the code that the device shows."""
        return _ABOUT_CODE.search(self.text) is not None


def told_apart(text: str, asked: Collection[Asked], *, code: str = "") -> tuple[str, tuple[tuple[int, str], ...]]:
    """The customer's own words, and his answers by the question's id.

    A line that begins with a question answers it; words behind an offered answer are the customer's own. `code`: what
    answers the question for the code where nothing else does. Without words of his own the answers stand for them in short.
    """
    by_lead = {one.lead: one for one in asked}
    answers: dict[int, str] = {}
    words: list[str] = []
    for line in text.splitlines():
        lead, colon, told = line.partition("：")
        question = by_lead.get(lead.strip()) if colon else None
        if question is None:
            words.append(line)
            continue
        answer, behind = _parted(told.strip(), question.choices)
        if answer:
            answers[question.id] = answer
        if behind:
            words.append(behind)
    own = "\n".join(words).strip() or _in_short(asked, answers)
    if code:
        about = next((one for one in asked if one.is_about_code), None)
        if about is not None and about.id not in answers:
            answers[about.id] = code
    return own, tuple(answers.items())


def _parted(told: str, choices: Sequence[str]) -> tuple[str, str]:
    """The offered answer at the beginning and the words behind it; all of it where none was offered."""
    for choice in sorted(choices, key=len, reverse=True):
        behind = told.removeprefix(choice)
        if behind != told and (not behind or behind[0] in _MARKS or len(choice) > 1):
            return choice, behind.strip(_MARKS)
    return told, ""


def _in_short(asked: Collection[Asked], answers: dict[int, str]) -> str:
    told = [(one, answers[one.id]) for one in asked if one.id in answers][:_IN_SHORT]
    return "；".join(
        f"{short}{answer}" if (short := _ASKING.sub("", one.lead)) != one.lead else f"{one.lead}：{answer}"
        for one, answer in told
    )
