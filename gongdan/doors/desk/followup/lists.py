"""The list at the right of 回访: the riskiest first, then the longest due."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from gongdan.doors.desk.menu import numbered
from gongdan.doors.kit.lists import Listing, Page
from gongdan.doors.kit.spoken import sentence
from gongdan.doors.kit.tables import Column
from gongdan.doors.kit.typed import whole_number
from gongdan.followup import queries
from gongdan.followup.rules import CALL_KINDS, MESSAGE_STATES
from gongdan.kernel.actor import Actor
from gongdan.kernel.text import Text

SIZE = 50
COLUMNS = [
    Column("number", _("单号"), kind="code", lead=True),
    Column("what", _("客户与设备"), grow=True),
    Column("why", _("风险"), hint=_("为什么排在前面"), narrow=True),
    Column("due", _("到期"), kind="countdown"),
]


class FollowUpListing(Listing):
    """Which calls are shown."""

    scopes = {"today": _("今天到期"), "all": _("全部"), "answers": _("咨询回访"), "later": _("定期回访")}

    @property
    def query(self) -> str:
        """The scope as pages of this station carry it along."""
        return f"?scope={self.scope}" if self.scope != "today" else ""


def page_of(listing: FollowUpListing, actor: Actor, *, now: datetime, current: str = "") -> Page:
    """One page of the list. Two queries."""
    cursor = _cursor(listing)
    found = queries.station(actor, now=now, scope=listing.scope, cursor=cursor, limit=SIZE)
    rows = [_row(row, current, listing, now) for row in found.rows]
    next_url = ""
    if found.next_cursor:
        risk, due_at, pk = found.next_cursor
        next_url = listing.url(after=f"{risk}~{due_at.isoformat()}~{pk}")
    return Page(rows, listing, None, next_url, listing.url() if cursor else "")


def url_of(row: dict[str, Any], listing: FollowUpListing) -> str:
    """The page of this call. An order may have several by the calendar, so these are named."""
    url = numbered("desk:follow-up-order")(row["number"]) + listing.query
    if listing.scope != "later":
        return url
    return f"{url}&call={row['id']}"


def reasons_of(row: dict[str, Any]) -> list[str]:
    """Why this call is pressing, in words: what it is, the answer to the message, the risk."""
    words = [CALL_KINDS[row["kind"]]] if row["kind"] in CALL_KINDS else []
    words += [Text.from_json(reason) for reason in row["risk_reasons"]]
    if row["message_state"] in ("to_send", "sent", "no_answer"):
        words.append(MESSAGE_STATES[row["message_state"]])
    return [sentence(one) for one in words if one.template != "必须回访"]


SHORT = {  # the reasons in the list, where there is room for two words
    "有投诉": _("投诉"),
    "返修": _("返修"),
    "未修复": _("未修复"),
    "未查出问题": _("未查出"),
    "新师傅 {name}": _("新手"),
    "金额超过 {limit} 元": _("大额"),
    "短信回复不好": _("不好"),
    "随机抽查": _("抽查"),
}
KINDS = {
    "phone_watch": _("电话解决"),
    "complaint": _("投诉"),
    "care": _("关怀"),
    "periodic": _("定期"),
}

FIRST = {"to_send": _("先发短信"), "sent": _("等回复")}


def _short(row: dict[str, Any]) -> str:
    first = [str(FIRST[row["asked_first"]])] if row["asked_first"] else []
    words = [str(KINDS[row["kind"]])] if row["kind"] in KINDS else []
    words += [str(SHORT[one["template"]]) for one in row["risk_reasons"] if one["template"] in SHORT]
    tried = [str(_("打过 %(count)s 次") % {"count": row["attempts"]}).replace(" ", "\u00a0")] if row["attempts"] else []
    return " ".join(dict.fromkeys([*first, *words[: 2 - len(tried)], *tried]))


def _row(row: dict[str, Any], current: str, listing: FollowUpListing, now: datetime) -> dict[str, Any]:
    late = row["due_at"] < now and row["kind"] == "phone_watch"
    return {
        "id": row["order_id"],
        "number": row["number"],
        "url": url_of(row, listing),
        "what": "　".join(word for word in (row["customer__name"], row["device_text"]) if word),
        "why": _short(row),
        "due": row["due_at"],
        "tone": "danger" if late else "",
        "current": row["number"] == current,
    }


def _cursor(listing: FollowUpListing) -> queries.Cursor | None:
    after = str(listing.data.get("after") or "")
    if not after:
        return None
    risk, _tilde, rest = after.partition("~")
    at, _tilde, pk = rest.partition("~")
    try:
        due_at = parse_datetime(at)
    except ValueError:
        due_at = None
    number, level = whole_number(pk), whole_number(risk, digits=5)
    if due_at is not None and due_at.tzinfo is not None and number is not None and level is not None:
        return level, due_at, number
    listing.notices.append(str(_("翻页位置已失效，已回到第一页")))
    return None


def tabs(current: str) -> list[tuple[str, str, bool, None]]:
    """The pages of 回访, as the tabs above them."""
    pages = [
        ("calls", _("电话回访"), "desk:follow_up"),
        ("messages", _("回访短信"), "desk:follow-up-messages"),
        ("feedback", _("用户反馈"), "desk:feedback"),
        ("improvements", _("改进事项"), "desk:improvements"),
    ]
    return [(str(label), reverse(name), key == current, None) for key, label, name in pages]
