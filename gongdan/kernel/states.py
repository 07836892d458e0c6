"""One transition table per document: it feeds the guard, the buttons, the permissions, the diagram and the tests."""

from __future__ import annotations

from collections.abc import Collection, Iterator
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
    """All transitions of one kind of document. `road` are the verbs that a refusal may name as those to do first."""

    def __init__(self, labels: dict[StrEnum, Text], *transitions: Transition, road: Collection[str] = ()) -> None:
        self.labels = labels
        self._road = road
        self._by_verb = {t.verb: t for t in transitions}
        assert len(self._by_verb) == len(transitions), "a verb stands twice in the table"

    def __iter__(self) -> Iterator[Transition]:
        return iter(self._by_verb.values())

    def transition(self, verb: str) -> Transition:
        """What this verb does."""
        return self._by_verb[verb]

    def step(self, verb: str, *, status: StrEnum, but_not: Collection[str] = ()) -> Transition:
        """The transition that `verb` makes from `status`. Refused: this verb does not leave this status.

        The sentence says what has to be done first, if the road leads there, and what may be done now (`but_not` those).
        """
        transition = self._by_verb[verb]
        if status not in transition.sources:
            ways = "、".join(str(t.label) for t in self.leaving(status) if t.verb not in but_not) or "—"
            if first := self.way_to(verb, status=status):
                raise Refused(
                    _(
                        "当前状态是“{status}”，不能{verb}；请先{first}，现在可以：{ways}",
                        status=self.labels[status],
                        verb=transition.label,
                        first="、".join(str(t.label) for t in first),
                        ways=ways,
                    ),
                    code="wrong_status",
                )
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

    def way_to(self, verb: str, *, status: StrEnum) -> list[Transition]:
        """The shortest way along the road from `status` to where `verb` starts; empty if there is none or no need."""
        goals = self._by_verb[verb].sources
        ways: dict[StrEnum, list[Transition]] = {status: []}
        reached = [status]
        for place in reached:  # grows while it is walked: nearest first
            if place in goals:
                return ways[place]
            for step in self.leaving(place):
                if step.verb in self._road and step.target not in ways:
                    ways[step.target] = [*ways[place], step]
                    reached.append(step.target)
        return []

    def leaving(self, status: StrEnum) -> list[Transition]:
        """The transitions that may leave `status`, in table order: the buttons of the page."""
        return [t for t in self if status in t.sources]

    def diagram(self) -> str:
        """The table as a Mermaid state diagram, for the documentation."""
        lines = ["stateDiagram-v2"]
        lines += [f"    {s.value}: {label}" for s, label in self.labels.items()]
        lines += [f"    {source.value} --> {t.target.value}: {t.label}" for t in self for source in sorted(t.sources)]
        return "\n".join(lines)
