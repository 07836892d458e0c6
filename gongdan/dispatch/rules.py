"""What dispatch allows: windows, who can be there in time, how technicians rank, and the steps of a visit."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gongdan.dispatch.states import Verdict
from gongdan.kernel.errors import Refused
from gongdan.kernel.periods import spoken_span
from gongdan.kernel.settings import Setting
from gongdan.kernel.text import Text, _

LONGEST_WINDOW = timedelta(hours=12)
FURTHEST = timedelta(days=90)

MOVES_BY_US = Setting(
    "dispatch.moves_by_us",
    _("因我方原因最多改约几次"),
    2,
    _("超过这个次数的改约要有“批准改约”的权限"),
    unit=_("次"),
    high=20,
)
APOLOGY_NEEDED = Setting(
    "dispatch.apology_needed",
    _("我方改约必须先致歉"),
    default=True,
    affects=_("打开后，因我方原因改约时没有勾选“已致歉”不能保存"),
)
MOVE_REASONS = Setting(
    "dispatch.move_reasons",
    _("改约和转派的原因"),
    ("上一单超时", "路上堵车", "配件没到", "师傅请假", "天气原因", "客户有事", "其他"),
    _("改约、转派和告知晚到时可选的原因"),
)
COORDINATE_MINUTES = Setting(
    "dispatch.coordinate_minutes",
    _("待协调的处理时限"),
    15,
    _("没有师傅能去的工单，主管要在这个时间内处理，超时会标红"),
    unit=_("分钟"),
    low=1,
    high=1440,
)
CALL_AHEAD = Setting(
    "dispatch.call_ahead",
    _("出发前要联系客户"),
    default=True,
    affects=_("打开后，没有联系客户又没有写明原因的，不能点“出发”"),
)
THREE_FACTS = Setting(
    "dispatch.three_facts",
    _("出发前要核对三项"),
    default=True,
    affects=_("打开后，设备类型、故障情况、联系地址三项没有核对的，不能点“出发”"),
)
SKIP_REASONS = Setting(
    "dispatch.skip_reasons",
    _("不联系客户的原因"),
    ("刚与客户通过话", "客户要求不打电话", "电话打不通", "客户在旁边等候", "其他"),
    _("出发前没有联系客户时可选的原因"),
)
MINUTES_PER_KM = Setting(
    "dispatch.minutes_per_km",
    _("每公里路上时间"),
    3,
    _("两单都填了路程时，按两段路程之和估算路上时间"),
    unit=_("分钟"),
    low=1,
    high=60,
)
MINUTES_IN_DISTRICT = Setting(
    "dispatch.minutes_in_district",
    _("同一区内的路上时间"),
    20,
    _("两单在同一个区时估算的路上时间；同一地址不计"),
    unit=_("分钟"),
    high=240,
)
MINUTES_BETWEEN = Setting(
    "dispatch.minutes_between",
    _("两单之间的路上时间"),
    40,
    _("不在同一个区、也没有填路程时估算的路上时间"),
    unit=_("分钟"),
    high=480,
)
JOB_MINUTES = Setting(
    "dispatch.job_minutes",
    _("一单的作业时间"),
    60,
    _("判断师傅能否按时到达时，一次上门按这么长估算"),
    unit=_("分钟"),
    low=5,
    high=720,
)
EARLY_MINUTES = Setting(
    "dispatch.early_minutes",
    _("比约定早到多久要先问客户"),
    30,
    _("比约定时间早这么久以上到达的，要记下客户同意才能点“到达”"),
    unit=_("分钟"),
    high=720,
)
WASTED_CALLS = Setting(
    "dispatch.wasted_calls",
    _("空跑要打几次电话"),
    2,
    _("到达后联系不上客户的次数不够，空跑不收费"),
    unit=_("次"),
    high=10,
)
WASTED_MINUTES = Setting(
    "dispatch.wasted_minutes",
    _("空跑要等多久"),
    15,
    _("在门外等候的时间不够，空跑不收费；比约定早到的，从约定时间开始算"),
    unit=_("分钟"),
    high=240,
)
WASTED_REASONS = Setting(
    "dispatch.wasted_reasons",
    _("空跑原因"),
    ("家中无人", "进不了小区", "客户临时不修了", "地址不对", "其他"),
    _("登记空跑时可选的原因"),
)
SETTINGS = (
    MOVES_BY_US,
    APOLOGY_NEEDED,
    MOVE_REASONS,
    COORDINATE_MINUTES,
    CALL_AHEAD,
    THREE_FACTS,
    SKIP_REASONS,
    MINUTES_PER_KM,
    MINUTES_IN_DISTRICT,
    MINUTES_BETWEEN,
    JOB_MINUTES,
    EARLY_MINUTES,
    WASTED_CALLS,
    WASTED_MINUTES,
    WASTED_REASONS,
)


def check_window(start: datetime, end: datetime, *, at: datetime) -> None:
    """Refused: a window that runs backwards, lies in the past, is longer than half a day or three months away."""
    if end <= start:
        raise Refused(_("上门时间的结束要晚于开始，请重新选择时间段"), code="window", field="planned_to")
    if end <= at:
        raise Refused(_("上门时间段已经过去，请选择之后的时间"), code="window", field="planned_from")
    if end - start > LONGEST_WINDOW:
        raise Refused(_("上门时间段最长 12 小时，请缩短后再保存"), code="window", field="planned_to")
    if start - at > FURTHEST:
        raise Refused(_("上门时间最远可约 90 天，请检查日期"), code="window", field="planned_from")


# -- who can be there (R-070) -------------------------------------------------------------------------------------------

Window = tuple[datetime, datetime]


def whole(start: datetime | None, end: datetime | None) -> Window | None:
    """Both ends of a window, None where there is none."""
    return (start, end) if start is not None and end is not None else None


@dataclass(frozen=True, slots=True)
class Place:
    """Where an order is, as far as it is known: district, address as told, one-way kilometres from the shop."""

    division: str = ""
    address: str = ""
    km: int | None = None


NOWHERE = Place()


@dataclass(frozen=True, slots=True)
class Stop:
    """An open visit of a technician: the window of his arrival, which order, and where."""

    start: datetime
    end: datetime
    number: str
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Pace:
    """How long ways and jobs are taken to be, in minutes."""

    per_km: int = MINUTES_PER_KM.default
    in_district: int = MINUTES_IN_DISTRICT.default
    between: int = MINUTES_BETWEEN.default
    job: int = JOB_MINUTES.default


def travel_minutes(one: Place, other: Place, pace: Pace) -> int:
    """A plain estimate of the way: none at the same address, short within a district, else by the kilometres."""
    if one.address and (one.division, one.address) == (other.division, other.address):
        return 0
    if one.division and one.division == other.division:
        return pace.in_district
    if one.km is not None and other.km is not None:
        return (one.km + other.km) * pace.per_km
    return pace.between


@dataclass(frozen=True, slots=True)
class Leg:
    """An open visit near the wished window, with the way from or to it."""

    stop: Stop
    travel: int


@dataclass(frozen=True, slots=True)
class Feasibility:
    """Whether he can be there in the window, and if not which order is in the way."""

    verdict: Verdict
    in_the_way: str = ""
    legs: tuple[Leg, ...] = ()  # his open visits around the window, in order of time

    @property
    def sentence(self) -> Text:
        """The verdict in words."""
        if self.verdict is Verdict.CONFLICT:
            return _("与工单 {number} 时间冲突", number=self.in_the_way)
        if self.verdict is Verdict.TOO_SHORT:
            return _("与工单 {number} 之间时间太短", number=self.in_the_way)
        return _("可以按时到达")


def feasible(stops: Sequence[Stop], window: Window, travel: Callable[[Stop], int], *, job: int) -> Feasibility:
    """Whether one who has these visits can arrive in the window (R-070): the question that a route planner answers too.

    Windows are windows of arrival. Overlapping ones conflict. The visit before may begin as late as its window ends,
    then takes its `job` minutes and the way; whoever comes after us must still be reached before his window ends.
    """
    start, end = window
    ordered = sorted(stops, key=lambda stop: (stop.start, stop.end))
    near = [stop for stop in ordered if stop.end > start - LONGEST_WINDOW and stop.start < end + LONGEST_WINDOW]
    legs = tuple(Leg(stop, travel(stop)) for stop in near)
    for leg in legs:
        if leg.stop.start < end and start < leg.stop.end:
            return Feasibility(Verdict.CONFLICT, leg.stop.number, legs)
    arrival = start
    for leg in legs:
        if leg.stop.end <= start:
            free = leg.stop.end + timedelta(minutes=job + leg.travel)
            if free > end:
                return Feasibility(Verdict.TOO_SHORT, leg.stop.number, legs)
            arrival = max(arrival, free)
    for leg in legs:
        if leg.stop.start >= end and arrival + timedelta(minutes=job + leg.travel) > leg.stop.end:
            return Feasibility(Verdict.TOO_SHORT, leg.stop.number, legs)
    return Feasibility(Verdict.POSSIBLE, "", legs)


@dataclass(frozen=True, slots=True)
class Load:
    """What a technician has in hand: open visits, and those with a window."""

    technician_id: int
    name: str
    skills: tuple[str, ...]
    open_visits: int
    stops: tuple[Stop, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A technician as a choice for an order, with the reasons in words; the best one first."""

    technician_id: int
    name: str
    has_skill: bool
    open_visits: int
    reasons: tuple[Text, ...]
    feasibility: Feasibility | None = None  # None without a window to ask about
    is_own: bool = False  # the one whom this customer always gets
    gave_away: bool = False  # he has just handed this order on

    @property
    def verdict(self) -> Verdict | None:
        """Possible, too short or conflict; None without a window."""
        return self.feasibility.verdict if self.feasibility else None

    @property
    def conflict(self) -> str:
        """Number of the order whose window overlaps, "" if none does."""
        return self.feasibility.in_the_way if self.feasibility and self.verdict is Verdict.CONFLICT else ""


_ORDER = {None: 0, Verdict.POSSIBLE: 0, Verdict.TOO_SHORT: 1, Verdict.CONFLICT: 2}


def rank(
    loads: Sequence[Load],
    *,
    category: str,
    window: Window | None,
    place: Place = NOWHERE,
    pace: Pace | None = None,
    own: int | None = None,
    gave: Collection[int] = (),
) -> list[Candidate]:
    """Technicians for an order (R-084): the customer's own one, then who can be there, the skilled, the least loaded.

    Whoever is in `gave` has just given it away: he comes last.
    """
    pace = pace or Pace()
    found = [
        _candidate(
            load,
            category=category,
            window=window,
            place=place,
            pace=pace,
            is_own=load.technician_id == own,
            gave_away=load.technician_id in gave,
        )
        for load in loads
    ]
    return sorted(
        found,
        key=lambda c: (c.gave_away, not c.is_own, _ORDER[c.verdict], not c.has_skill, c.open_visits, c.name),
    )


def _candidate(
    load: Load, *, category: str, window: Window | None, place: Place, pace: Pace, is_own: bool, gave_away: bool
) -> Candidate:
    has_skill = bool(category) and any(category in skill or skill in category for skill in load.skills)
    found = (
        feasible(load.stops, window, lambda stop: travel_minutes(stop.place, place, pace), job=pace.job)
        if window
        else None
    )
    reasons = [_("刚转出")] if gave_away else []
    lacks_skill = bool(category) and not has_skill
    if is_own and lacks_skill:
        reasons.append(_("客户指定的师傅，但没有登记{category}技能", category=category))
    elif is_own:
        reasons.append(_("客户指定的师傅"))
    reasons.append(_("手上 {count} 单", count=load.open_visits))
    if category and not (is_own and lacks_skill):
        reasons.append(
            _("会修{category}", category=category) if has_skill else _("没有登记{category}技能", category=category)
        )
    if found:
        reasons.append(found.sentence)
    return Candidate(
        load.technician_id, load.name, has_skill, load.open_visits, tuple(reasons), found, is_own, gave_away
    )


def comes_for(planned: Window | None, promised: Window | None, *, is_alone: bool) -> bool:
    """Whether an open visit is one for this promise: the only one, or planned for its window or for none yet."""
    return is_alone or planned in (None, promised)


# -- the steps of a visit -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What the last call before setting out brought."""

    skipped_reason: str = ""
    is_convenient: bool | None = None
    device_ok: bool = False
    fault_ok: bool = False
    address_ok: bool = False

    @property
    def unticked(self) -> list[Text]:
        """Which of the three facts the customer has not confirmed."""
        ticks = ((self.device_ok, _("设备类型")), (self.fault_ok, _("故障情况")), (self.address_ok, _("联系地址")))
        return [label for is_ok, label in ticks if not is_ok]


def stands_against_leaving(last: Confirmed | None, *, calls: bool, facts: bool) -> Refused | None:
    """What must be done before somebody may set out (R-075, R-076), as a refusal; None when nothing is missing."""
    if not calls and not facts:
        return None
    if last is None:
        return Refused(_("出发前请先联系客户并核对设备类型、故障情况、联系地址"), code="unconfirmed")
    if last.skipped_reason:
        return None
    if last.is_convenient is False:
        return Refused(_("客户说现在不方便，请先改约，或重新联系客户后再出发"), code="inconvenient")
    if calls and last.is_convenient is None:
        return Refused(_("请先问客户是否方便；没有联系的要写明原因"), code="unconfirmed")
    if facts and last.unticked:
        missing = "、".join(str(label) for label in last.unticked)
        return Refused(_("还没有与客户核对{missing}，核对后再出发", missing=missing), code="unticked")
    return None


@dataclass(frozen=True, slots=True)
class Early:
    """An arrival before the time that the customer was promised, and by how much."""

    start: datetime
    by: timedelta

    @property
    def sentence(self) -> Text:
        """The question that he must be asked."""
        return _("约定 {start:datetime}，早到 {span}；客户同意现在上门吗", start=self.start, span=spoken_span(self.by))


def early(promised: datetime | None, agreed: datetime | None, *, when: datetime, minutes: int) -> Early | None:
    """Whether who arrives `when` is so early that the customer is asked; `agreed`: the time told in the call ahead."""
    if promised is None:
        return None
    start = promised if agreed is None else min(promised, agreed)
    return Early(promised, promised - when) if start - when > timedelta(minutes=minutes) else None


def wasted_gaps(
    *,
    has_photo: bool,
    calls: int,
    minutes: int,
    calls_needed: int,
    minutes_needed: int,
    opens: datetime | None = None,
) -> list[Text]:
    """What is missing to a proven wasted trip (O-043): without it there is no fee. `opens`: his time is yet to come."""
    gaps = [] if opens is None else [_("还没到约定的 {opens:datetime}", opens=opens)]
    if not has_photo:
        gaps.append(_("没有门口照片"))
    if calls < calls_needed:
        gaps.append(_("到达后只打了 {calls} 次电话，要打 {needed} 次", calls=calls, needed=calls_needed))
    if minutes < minutes_needed:
        gaps.append(_("只等了 {minutes} 分钟，要等 {needed} 分钟", minutes=minutes, needed=minutes_needed))
    return gaps
