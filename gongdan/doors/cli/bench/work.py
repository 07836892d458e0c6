"""What is measured: each piece of work asks for the same page again and again, for another order or with other words."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from gongdan.doors.cli.bench.client import Seat, Work
from gongdan.doors.cli.bench.statements import BUSY_PAGE, CREW_PAGE

PAGE, FOUND, SAVED, MADE = frozenset({200}), frozenset({200, 303}), frozenset({303}), frozenset({201})
SETTLED = 200  # finished orders that one pass settles, and calls that it answers
TYPED = 7  # digits of a telephone after which reception knows who it may be


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of work by name. `aim_ms`: p95 with one client; `aim_rate`: a second with eight, by engine."""

    name: str
    work: Work
    good: frozenset[int] = PAGE
    aim_ms: float | None = None
    aim_rate: tuple[float, float] | None = None  # SQLite, PostgreSQL


def pieces(facts: dict[str, Any], ready: Iterator[str], to_call: Iterator[str]) -> list[Piece]:
    """Everything that is measured in a shop of these facts.

    `ready` gives orders that can be settled, `to_call` those whose call-back is due.
    """
    made = _Made(facts)

    def pages(*paths: str) -> Work:
        return lambda seat: (seat.get(path) for path in itertools.cycle(paths))

    def searches(name: str) -> Work:
        return pages(*(f"/search/?q={quote(words)}" for words in facts[name]))

    def settle(seat: Seat) -> Iterator[bytes]:
        for number in ready:
            yield seat.post(f"/settlement/{number}/post/", {"seen": "1", "once_key": number})

    def answer(seat: Seat) -> Iterator[bytes]:
        for number in to_call:
            yield seat.post(f"/follow-up/{number}/", {"answer": "fixed", "seen": "1", "once_key": number})

    station: dict[str, Any] = {"aim_ms": 30, "aim_rate": (200, 200)}
    tails = [phone[-4:] for phone in facts["phones"]]
    facts["tails"] = tails
    window = f"window_day={facts['tomorrow']}&window_from=10:00&window_to=12:00"
    facts["common"] = list(dict.fromkeys(symptom.partition("，")[0] for symptom in facts["symptoms"]))
    return [
        Piece("登记（接待表单）", made.by_form, SAVED, aim_rate=(200, 120)),
        Piece("登记（API）", made.by_api, MADE, aim_rate=(200, 120)),
        Piece("接待列表", pages("/reception/"), **station),
        Piece("派工列表", pages("/dispatch/"), **station),
        Piece("维修处理列表", pages("/repair/"), **station),
        Piece("结算列表", pages("/settlement/"), **station),
        Piece("回访列表", pages("/follow-up/?scope=all"), **station),
        Piece("全部工单", pages("/orders/"), **station),
        Piece("工单页", pages(*(f"/orders/{number}/" for number in facts["numbers"])), aim_ms=30),
        Piece(BUSY_PAGE, pages(f"/orders/{facts['busy']}/"), aim_ms=60),
        Piece("接待：边输电话边找", pages(*(f"/reception/callers/?q={p[:TYPED]}" for p in facts["phones"])), aim_ms=30),
        Piece("接待：来电人", pages(*(f"/reception/customer/?customer_id={k}" for k in facts["known"])), aim_ms=30),
        Piece(
            "接待：相似工单",
            pages(
                *(
                    f"/reception/similar/?phone={phone}&customer_id={known}&devices={known}"
                    for phone, known in zip(facts["phones"], facts["known"], strict=True)
                )
            ),
            aim_ms=30,
        ),
        Piece(CREW_PAGE, pages(*(f"/dispatch/{number}/" for number in facts["to_dispatch"])), aim_ms=60),
        Piece(
            "派工：按时段看师傅",
            pages(*(f"/dispatch/{number}/candidates/?{window}" for number in facts["to_dispatch"])),
            aim_ms=60,
        ),
        Piece("回访：一键记录", answer, SAVED, aim_ms=60),
        Piece("搜索：电话后四位", searches("tails"), FOUND, aim_ms=30),
        Piece("搜索：姓名", searches("names"), FOUND, aim_ms=30),
        Piece("搜索：故障现象", searches("common"), FOUND, aim_ms=30),
        Piece("搜索：拼音首字母", searches("initials"), FOUND, aim_ms=30),
        Piece("搜索：机身编号", searches("serials"), FOUND, aim_ms=30),
        Piece(
            "搜索（API）：姓名",
            lambda seat: (seat.call(f"/api/v1/orders/search?q={quote(n)}") for n in itertools.cycle(facts["names"])),
            aim_ms=30,
        ),
        Piece("确定结算", settle, SAVED),
        Piece("实时更新 /live/", pages("/live/?since=1")),
    ]


class _Made:
    """Orders to register: every other one of a customer and device on file, the rest with a new customer and device."""

    def __init__(self, facts: dict[str, Any]) -> None:
        self._known = facts["known"]
        self._categories = facts["categories"]
        self._turn = itertools.count(int(time.time() * 1000) % 10**8)

    def by_form(self, seat: Seat) -> Iterator[bytes]:
        """The form of reception."""
        for turn in self._turn:
            yield seat.post("/reception/", self._form(turn))

    def by_api(self, seat: Seat) -> Iterator[bytes]:
        """The same through the API."""
        for turn in self._turn:
            yield seat.call("/api/v1/orders", json.dumps(self._body(turn)).encode(), key=f"bench-{turn}")

    def _form(self, turn: int) -> dict[str, str]:
        fields = {
            "once_key": f"bench-{turn}", "source": "direct", "channel": "phone", "urgency": "normal",
            "impact": "single", "kind": "repair", "customer_kind": "person", "new_devices": "1",
            "symptom": f"空调不制冷，外机不启动，第 {turn} 次", "wished_from": "", "wished_to": "",
        }  # fmt: skip
        if turn % 2:
            known = str(self._known[turn % len(self._known)])
            return fields | {"customer_id": known, "devices": known, "confirm_duplicate": "on"}
        return fields | {
            "phone": f"137{turn % 10**8:08d}", "contact_name": f"李{'明华秀英强伟芳敏'[turn % 8]}", "address": f"天河路 {turn % 900} 号",
            "division_code": "440106", "category_id": str(self._categories["空调"]), "new0-brand_text": "格力",
            "new0-model_text": "KFR-35GW", "new0-serial": f"NB{turn:09d}", "new0-purchase_on": "2026-01-05",
        }  # fmt: skip

    def _body(self, turn: int) -> dict[str, Any]:
        symptom = f"洗衣机脱水时抖动厉害，第 {turn} 次"
        if turn % 2:
            known = self._known[turn % len(self._known)]
            who = {"customer_id": known, "devices": [{"device_id": known}], "confirm_duplicate": True}
            return who | {"symptom": symptom, "source": "direct"}
        category = self._categories["洗衣机"]
        return {
            "customer": {"name": "王小明"},
            "contact_name": "王小明", "phone": f"136{turn % 10**8:08d}", "address": f"天河路 {turn % 900} 号",
            "division_code": "440106", "symptom": symptom, "source": "direct", "category_id": category,
            "devices": [{"category_id": category, "brand": "西门子", "model": "WM12", "serial": f"NA{turn:09d}"}],
        }  # fmt: skip
