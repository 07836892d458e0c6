"""One transition table per document: it feeds the guard, the buttons, the permissions, the diagram and the tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from gongdan.kernel.errors import Refused
from gongdan.kernel.text import Text, _


@dataclass(frozen=True, slots=True)
class Transition:
    """A verb that moves a document from any of `sources` to `target`, for holders of `permission`."""

    verb: str
    label: Text
    sources: frozenset[StrEnum]
    target: StrEnum
    permission: str
    needs_reason: bool = False


class Machine:
    """All transitions of one kind of document."""

    def __init__(self, labels: dict[StrEnum, Text], *transitions: Transition) -> None:
        self.labels = labels
        self._by_verb = {t.verb: t for t in transitions}
        assert len(self._by_verb) == len(transitions), "a verb stands twice in the table"

    def __iter__(self) -> Iterator[Transition]:
        return iter(self._by_verb.values())

    def step(self, verb: str, *, status: StrEnum) -> Transition:
        """The transition that `verb` makes from `status`. Refused: this verb does not leave this status."""
        transition = self._by_verb[verb]
        if status not in transition.sources:
            ways = "、".join(str(t.label) for t in self.leaving(status)) or "—"
            raise Refused(
                _(
                    "当前状态是“{status}”，不能{verb}；现在可以：{ways}",
                    status=self.labels[status],
                    verb=transition.label,
                    ways=ways,
                ),
                code="wrong_status",
            )
        return transition

    def leaving(self, status: StrEnum) -> list[Transition]:
        """The transitions that may leave `status`, in table order: the buttons of the page."""
        return [t for t in self if status in t.sources]

    def diagram(self) -> str:
        """The table as a Mermaid state diagram, for the documentation."""
        lines = ["stateDiagram-v2"]
        lines += [f"    {s.value}: {label}" for s, label in self.labels.items()]
        lines += [f"    {source.value} --> {t.target.value}: {t.label}" for t in self for source in sorted(t.sources)]
        return "\n".join(lines)
