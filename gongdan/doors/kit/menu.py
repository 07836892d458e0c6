"""What the shell shows around every page. The entries are the door's own: `settings.KIT["menu"]` names who makes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.messages import get_messages
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import cached_property
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from gongdan.doors.kit.spoken import words

THEMES = ("light", "dark")


@dataclass(frozen=True, slots=True)
class Entry:
    """One way to go. `key` is the Alt+letter, `count` a live number, `on_phone` a place in the bottom bar."""

    label: str
    url: str
    icon: str
    key: str = ""
    count: int | None = None
    tone: str = ""
    group: str = ""
    on_phone: bool = True
    active: bool | None = None  # None: decided by the path


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence for the message bar; `undo` is posted by 撤销."""

    text: str
    tone: str
    undo: str = ""


class Shell:
    """Everything around the page, computed only when a template asks: fragments do not."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self._settings: dict[str, Any] = getattr(settings, "KIT", {})

    @cached_property
    def menu(self) -> list[Entry]:
        """The entries that this actor may use."""
        makers = self._settings.get("menu")
        if not makers or not self.is_staff:
            return []
        make: Callable[[HttpRequest], list[Entry]] = import_string(makers)
        return make(self._request)

    def is_active(self, entry: Entry) -> bool:
        """Whether the page lies under this entry; the longest match wins over its parents."""
        if entry.active is not None:
            return entry.active
        path = self._request.path
        matching = [e.url for e in self.menu if path == e.url or (e.url != "/" and path.startswith(e.url))]
        return bool(matching) and entry.url == max(matching, key=len)

    @cached_property
    def messages(self) -> list[Message]:
        """The sentences told in this request or kept from the last; reading takes them."""
        if not hasattr(self._request, "_messages"):
            return []
        return [Message(str(kept), *(kept.extra_tags or "done").split("|", 1)) for kept in get_messages(self._request)]

    @cached_property
    def brand(self) -> str:
        """The name above the menu: a word, or the dotted path of whoever tells it for this request."""
        return self._word("brand") or "Gongdan"

    @property
    def search_url(self) -> str:
        """Where the search box of the top bar sends `?q=`; empty: no box."""
        return _reversed(self._settings.get("search", ""))

    @property
    def search_hint(self) -> str:
        """What the search box finds, in words: given like `brand`."""
        return self._word("search_hint") or _("查找")

    @property
    def search_text(self) -> str:
        """What was searched, on the page of the hits."""
        return self._request.GET.get("q", "")[:60] if self._request.path == self.search_url else ""

    @property
    def live_url(self) -> str:
        """What the page polls for news; empty: nothing."""
        return _reversed(self._settings.get("live", "")) if self.is_staff else ""

    @property
    def home_url(self) -> str:
        """Where 首页 leads."""
        return str(self._settings.get("home", "/"))

    @property
    def path(self) -> str:
        """Path and query of this page, for the way back."""
        return self._request.get_full_path()

    @property
    def theme(self) -> str:
        """What the user chose, light or dark, else empty: as the system does."""
        chosen = self._request.COOKIES.get("theme", "")
        return chosen if chosen in THEMES else ""

    @property
    def is_staff(self) -> bool:
        """Whether somebody is logged in on this page."""
        actor = getattr(self._request, "actor", None)
        return bool(actor and actor.kind != "visitor")

    def _word(self, name: str) -> str:
        given = str(self._settings.get(name, ""))
        return str(import_string(given)(self._request)) if "." in given else given

    @property
    def script_words(self) -> dict[str, str]:
        """What our scripts say; %s is a number or a length of time."""
        return {
            "restored": _("已恢复上次没有保存的内容"),
            "discard": _("丢弃"),
            "offline": _("网络不通，填写的内容还在页面上，请稍后重试"),
            "close": _("关闭"),
            **{name: getattr(words(), name) for name in ("left", "late", "days", "hours", "rest", "minutes")},
        }

    @property
    def shortcuts(self) -> list[tuple[str, str]]:
        """The keys that work on every page, for the overlay on `?`."""
        return [
            ("/", _("查找")),
            ("?", _("显示这张快捷键表")),
            ("Ctrl+Enter", _("保存")),
            ("Ctrl+Shift+Enter", _("保存并新增")),
            ("j / ↓", _("列表下一行")),
            ("k / ↑", _("列表上一行")),
            ("Enter", _("打开所在行，双击也可以")),
            ("F6", _("在左右两栏之间切换")),
            ("Esc", _("收起打开的小窗，不丢文字")),
            *((f"Alt+{entry.key.upper()}", entry.label) for entry in self.menu if entry.key),
        ]


def _reversed(name: str) -> str:
    if not name or name.startswith("/"):
        return name
    try:
        return reverse(name)
    except NoReverseMatch:  # the door that owns it is not installed
        return ""
