"""What must stand before the work may start, be handed over, or be closed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from gongdan.kernel.errors import Invalid, Refused
from gongdan.kernel.periods import spoken_span
from gongdan.kernel.settings import Setting
from gongdan.kernel.text import Text, _

METHODS = ("询问", "试机", "拆机", "仪器", "远程", "日志")
RESULTS: dict[str, Text] = {
    "repaired": _("已修复"),
    "not_repaired": _("未修复"),
    "declined": _("客户不修"),
    "nothing_found": _("未查出问题"),
    "unsafe": _("安全拒修"),
}
UNSAFE = "unsafe"
FINDINGS: dict[str, Text] = {
    "fault": _("查明故障"),
    "nothing": _("未查出问题"),
    "not_worth": _("不值得修"),
    "cannot": _("无法修复"),
}
ACTION_KINDS: dict[str, Text] = {
    "replace": _("更换部件"),
    "adjust": _("调整设置"),
    "fix": _("修复故障"),
    "clean": _("清洁保养"),
    "other": _("其他"),
}
HANDLINGS: dict[str, Text] = {
    "new": _("使用新件"),
    "lent": _("借出"),
    "repaired": _("修复原件"),
    "exchanged": _("换坏件返修"),
    "customer": _("客户自备"),
}
GRADES: dict[str, Text] = {
    "original": _("原厂"),
    "salvaged": _("原拆"),
    "aftermarket": _("副厂"),
    "refurbished": _("翻新"),
    "own": _("客户自带"),
}
OLD_PARTS: dict[str, Text] = {
    "left": _("留给客户"),
    "taken": _("带走（依要求）"),
    "returned": _("返厂"),
}
NOTICE_WAYS: dict[str, Text] = {
    "signature": _("客户屏幕签名"),
    "paper": _("客户纸质签字"),
    "witness": _("客户拒签，见证人"),
}
HAND_OVER_WAYS: dict[str, Text] = {"signature": _("屏幕签名"), "paper": _("纸质签字")}
LEVELS: dict[int, Text] = {1: _("一级：请教同事"), 2: _("二级：请教技术部")}
ACCEPTANCE_WAYS: dict[str, Text] = {
    "signature": _("屏幕签名"),
    "paper": _("纸质签字"),
    "phone": _("电话确认"),
}


HOTLINE, JOURNAL, CASH_BOX = "hotline", "journal", "cash_box"
STEPS: dict[str, Text] = {
    HOTLINE: _("热线已留"),
    JOURNAL: _("流水已打印并请客户核对"),
    CASH_BOX: _("钱箱已请客户清点并收好"),
}
HOTLINE_STEP = Setting(
    "repair.hotline_step",
    _("新机安装要勾选“热线已留”"),
    default=True,
    affects=_("开：新机安装没有勾选“热线已留”不能完工；关：不要求"),
)
JOURNAL_STEP = Setting(
    "repair.journal_step",
    _("有流水的设备要勾选流水步骤"),
    default=True,
    affects=_("开：品类标了“有流水”的设备，没有勾选流水步骤不能完工；关：不要求"),
)
CASH_BOX_STEP = Setting(
    "repair.cash_box_step",
    _("有钱箱的设备要勾选钱箱步骤"),
    default=True,
    affects=_("开：品类标了“有钱箱”的设备，没有勾选钱箱步骤不能完工；关：不要求"),
)
SUGGESTS_HELP = Setting(
    "repair.suggests_help",
    _("建议求助"),
    default=True,
    affects=_("开：师傅第一次修这个品类或故障，或现场时间超过品类的“处理时间较长”分钟数时，维修页建议求助；关：不提示"),
)
HAZARDS = Setting(
    "repair.hazards",
    _("安全隐患的种类"),
    ("燃气泄漏", "没有接地", "漏电", "支架锈蚀或松动", "外墙高空无防护", "线路老化或超负荷", "烟道不通或直排室内"),
    _("安全拒修时可选的隐患；也可以自己填写"),
)
RETURN_DAYS = Setting(
    "repair.return_days",
    _("带回公司后承诺送回的天数"),
    7,
    _("登记带回公司时预填的送回日期"),
    unit=_("天"),
    low=1,
    high=90,
)
SETTINGS = (HOTLINE_STEP, JOURNAL_STEP, CASH_BOX_STEP, SUGGESTS_HELP, HAZARDS, RETURN_DAYS)

# What a test sheet of a category starts with; the technician adds and removes rows.
TESTS: dict[str, tuple[str, ...]] = {
    "手机": ("开机与充电", "显示与触摸", "通话与扬声器", "拍照", "无线网络"),
    "平板": ("开机与充电", "显示与触摸", "扬声器与麦克风", "拍照", "无线网络"),
    "电脑": ("开机自检", "显示", "键盘与触控板", "网络", "满载 15 分钟温度"),
    "打印机": ("自检页", "进纸与出纸", "打印质量", "扫描与复印", "联网打印"),
    "空调": ("通电运行", "制冷或制热出风温差", "排水", "振动与异响", "绝缘与接地"),
    "电视": ("开机", "图像", "声音", "遥控与按键", "信号输入"),
    "冰箱": ("通电运行", "冷藏温度", "冷冻温度", "门封与照明", "绝缘与接地"),
    "洗衣机": ("进水", "洗涤", "脱水与异响", "排水", "绝缘与接地"),
    "热水器": ("点火或加热", "出水温度", "水路不漏", "气路或电路安全", "漏电保护"),
    "厨房电器": ("通电或点火", "主要功能", "气密与漏电", "异响"),
    "宽带/ONU": ("光功率", "指示灯", "拨号上网", "测速"),
    "自助设备": ("自检", "读卡与凭条", "现金模块", "联网交易", "监控与门锁"),
}
TESTS_FOR_ALL = ("通电开机", "主要功能", "安全检查")


@dataclass(frozen=True, slots=True)
class Consented:
    """How the price stands with the customer: state of the standing quote and what he pays by it."""

    quote_state: str
    due_fen: int


LIMITS: dict[str, int] = {
    "inspection": 2000, "cause": 1000, "component": 60, "error_code": 30, "collateral_risk": 200,
    "text": 1000,
    "name": 100, "spec": 100, "new_serial": 60, "old_serial": 60, "old_part_asked_by": 60,
    "test_name": 100, "test_expected": 100, "test_actual": 100,
    "question": 1000, "answer": 2000, "accessories": 500, "condition": 500, "signer": 60, "receiver": 60,
    "return_note": 200, "fee_reason": 200, "hazard": 60, "reason": 500, "witness": 60, "note": 200,
}  # fmt: skip


def check_lengths(typed: Mapping[str, object]) -> None:
    """Refused: a text that is longer than its column."""
    long = {
        name: _("最多 {limit} 个字，请缩短", limit=LIMITS[name])
        for name, value in typed.items()
        if name in LIMITS and isinstance(value, str) and len(value.strip()) > LIMITS[name]
    }
    if long:
        raise Invalid(long)


PICK_UP_FEE = "pick_up"  # what the customer consents to
AGREED, WAIVED = "agreed", "waived"
FEE_CHOICES: Mapping[str, Text] = {AGREED: _("客户同意"), WAIVED: _("不收取送费")}


def check_fee(fee: str, reason: str, fen: int) -> None:
    """Refused: nothing is said of a fee that the customer would pay, or it is waived without a reason."""
    if fee not in FEE_CHOICES:
        raise Invalid({"fee": _("带回公司要向客户收取送费 {fee:yuan}，请选择“客户同意”或“不收取送费”", fee=fen)})
    if fee == WAIVED and not reason.strip():
        raise Invalid({"fee_reason": _("请填写不收取送费的原因")})


def check_may_work(consented: Consented | None, *, has_diagnosis: bool) -> None:
    """Refused: no diagnosis yet (初检 comes first), or a paid repair that the customer has not agreed to (R-116)."""
    if not has_diagnosis:
        raise Refused(_("修理前先做初检：请先填写这台设备的检测结果"), code="no_diagnosis")
    if consented is None:
        raise Refused(_("还没有报价，请先报价并取得客户同意，再开始维修"), code="no_quote")
    if consented.quote_state == "declined":
        raise Refused(_("客户已表示不修，不能再登记维修；如客户改变主意请重新报价"), code="declined")
    if consented.quote_state != "accepted" and consented.due_fen > 0:
        raise Refused(
            _("报价 {due:yuan} 还没有得到客户同意，请先记录客户的决定，再开始维修", due=consented.due_fen),
            code="no_consent",
        )


def check_part(*, name: str, handling: str, old_part: str, asked_by: str, quantity: int) -> None:
    """Refused: an unnamed part, no quantity, or an old part taken away without somebody who asked for it (R-110)."""
    errors: dict[str, Text] = {}
    if not name.strip():
        errors["name"] = _("请填写配件名称")
    if not 1 <= quantity <= 999:
        errors["quantity"] = _("数量填 1 到 999 之间的整数")
    if handling not in HANDLINGS:
        errors["handling"] = _("请选择配件的处理方式")
    if old_part and old_part not in OLD_PARTS:
        errors["old_part"] = _("请选择旧件去向")
    if old_part in ("taken", "returned") and not asked_by.strip():
        errors["old_part_asked_by"] = _("旧件除非有人要求，否则不准带走：请填写是谁要求的（客户或厂家）")
    if errors:
        raise Invalid(errors)


@dataclass(frozen=True, slots=True)
class DeviceWork:
    """How far the work on one device is."""

    label: str
    has_diagnosis: bool
    tested: int
    failed: tuple[str, ...]
    untested: tuple[str, ...]
    is_refused: bool = False  # for safety: nothing is done on it


def check_may_accept(devices: Sequence[DeviceWork]) -> None:
    """Refused: an item of the test sheet failed or is open, or nothing was tested (R-162)."""
    for work in devices:
        if work.is_refused:
            continue
        if work.failed:
            raise Refused(
                _(
                    "{device} 的测试项“{item}”未通过，修好并重测后才能交付",
                    device=work.label,
                    item="、".join(work.failed),
                ),
                code="test_failed",
            )
        if work.untested:
            raise Refused(
                _("{device} 还有测试项没填：{item}", device=work.label, item="、".join(work.untested)), code="test_open"
            )
        if not work.tested:
            raise Refused(_("{device} 还没有测试，请先填写测试结果", device=work.label), code="no_test")


@dataclass(frozen=True, slots=True)
class Demand:
    """A step that must be ticked before the work is handed back. `device_line_id` None: of the order."""

    code: str
    device_line_id: int | None = None
    device: str = ""

    @property
    def label(self) -> Text:
        """The step in words, with its device where there are several."""
        return _("{device}：{step}", device=self.device, step=STEPS[self.code]) if self.device else STEPS[self.code]


@dataclass(frozen=True, slots=True)
class FlaggedDevice:
    """A device of the order with what its category has."""

    device_line_id: int
    label: str
    has_journal: bool
    has_cash_box: bool
    is_refused: bool = False


def demands(
    *, is_installation: bool, devices: Sequence[FlaggedDevice], hotline: bool, journal: bool, cash_box: bool
) -> list[Demand]:
    """The steps that this order demands; the last three say which of them the shop asks for at all."""
    found = [Demand(HOTLINE)] if is_installation and hotline else []
    for device in devices:
        if device.is_refused:
            continue
        name = device.label if len(devices) > 1 else ""
        if device.has_journal and journal:
            found.append(Demand(JOURNAL, device.device_line_id, name))
        if device.has_cash_box and cash_box:
            found.append(Demand(CASH_BOX, device.device_line_id, name))
    return found


def check_ticked(missing: Sequence[Demand]) -> None:
    """Refused: a demanded step is not ticked; the sentence names all of them (R-024, R-028)."""
    if missing:
        raise Refused(
            _("还没有勾选：{steps}，请办好后在“完工前事项”里勾选", steps="、".join(str(one.label) for one in missing)),
            code="step_open",
        )


def check_nothing_with_us(devices: Sequence[str]) -> None:
    """Refused: a device that was taken to the workshop is still there (R-093)."""
    if devices:
        raise Refused(
            _("{devices} 还在公司，请先送回客户并登记送回，再完工", devices="、".join(devices)), code="with_us"
        )


def check_may_finish(
    result: str, devices: Sequence[DeviceWork], *, is_accepted: bool, consented: Consented | None
) -> None:
    """Refused: something of this result is missing - the sentence names it."""
    if result not in RESULTS:
        raise Invalid({"result": _("请选择维修结果")})
    open_devices = [work for work in devices if not work.is_refused]
    if result == UNSAFE:
        if open_devices:
            raise Refused(
                _("{device} 没有做安全拒修，请先登记安全拒修或选择别的结果", device=open_devices[0].label),
                code="not_refused",
            )
        return
    if devices and not open_devices:
        raise Refused(_("全部设备已安全拒修，请以“安全拒修”交回工单"), code="unsafe", field="result")
    for work in open_devices:
        if not work.has_diagnosis:
            raise Refused(_("{device} 还没有检测结果，请先填写", device=work.label), code="no_diagnosis")
    if result == "declined" and (consented is None or consented.quote_state != "declined"):
        raise Refused(_("客户不修要先有报价和客户的决定，请先报价并记录“不修”"), code="no_quote")
    if result == "repaired":
        check_may_work(consented, has_diagnosis=True)
        check_may_accept(devices)
        if not is_accepted:
            raise Refused(_("还没有客户验收签名，请先请客户试机验收"), code="not_accepted")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the repair as the checklist shows it. `missing` says in words what still stands against it."""

    code: str
    label: Text
    state: str  # done, now or todo
    missing: Text | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the repair of an order is. `has_arrived` None: nobody has to travel."""

    devices: tuple[DeviceWork, ...]
    consented: Consented | None
    has_arrived: bool | None
    has_work: bool
    is_accepted: bool
    is_finished: bool
    unticked: tuple[Demand, ...] = ()
    has_demands: bool = False
    with_us: tuple[str, ...] = ()  # devices in the workshop

    @property
    def is_unsafe(self) -> bool:
        """Whether every device was refused for safety: nothing is left to be done."""
        return bool(self.devices) and all(work.is_refused for work in self.devices)


def steps(progress: Progress) -> list[Step]:
    """The steps in their order; the first one that is not done is the present one."""
    declined = progress.consented is not None and progress.consented.quote_state == "declined"
    found: list[tuple[str, Text, Text | None]] = []
    if progress.has_arrived is not None:
        found.append(("arrive", _("到达"), None if progress.has_arrived else _("师傅还没有到达现场")))
    if progress.is_unsafe:
        found.append(("unsafe", _("安全拒修"), None))
        found.append(("finish", _("完工"), None if progress.is_finished else _("还没有交回工单")))
        return _in_order(found)
    undiagnosed = [work.label for work in progress.devices if not (work.has_diagnosis or work.is_refused)]
    found.append(
        (
            "diagnose",
            _("检测"),
            _("{device} 还没有检测结果，请先填写", device="、".join(undiagnosed)) if undiagnosed else None,
        )
    )
    if declined:
        found.append(("quote", _("客户不修"), None))
    else:
        refused = _refusal(lambda: check_may_work(progress.consented, has_diagnosis=True))
        found.append(("quote", _("报价同意"), refused))
        found.append(("work", _("维修"), None if progress.has_work else _("还没有登记做了什么、换了什么")))
        found.append(("test", _("测试"), _refusal(lambda: check_may_accept(progress.devices))))
        found.append(
            ("accept", _("验收"), None if progress.is_accepted else _("还没有客户验收签名，请先请客户试机验收"))
        )
    if progress.with_us:
        found.append(("hand_back", _("送回"), _refusal(lambda: check_nothing_with_us(progress.with_us))))
    if progress.has_demands:
        found.append(("tick", _("事项"), _refusal(lambda: check_ticked(progress.unticked))))
    found.append(("finish", _("完工"), None if progress.is_finished else _("还没有交回工单")))
    return _in_order(found)


def _in_order(found: Sequence[tuple[str, Text, Text | None]]) -> list[Step]:
    first = next((code for code, _label, missing in found if missing is not None), "")
    return [
        Step(code, label, "done" if missing is None else "now" if code == first else "todo", missing)
        for code, label, missing in found
    ]


def _refusal(check: Callable[[], None]) -> Text | None:
    try:
        check()
    except Refused as refused:
        return refused.text
    return None


def check_help(*, level: int, question: str, has_answer_of_colleague: bool, reason: str, has_target: bool) -> None:
    """Refused: no question, nobody asked, or the department before a colleague has answered and without a reason."""
    errors: dict[str, Text] = {}
    if level not in LEVELS:
        errors["level"] = _("请选择求助级别：一级请教同事，二级请教技术部")
    if not question.strip():
        errors["question"] = _("请写明遇到什么问题、已经试过什么")
    if level == 1 and not has_target:
        errors["asked_to"] = _("请选择请教哪位同事")
    if level == 2 and not has_answer_of_colleague and not reason.strip():
        errors["reason"] = _("还没有同事答复过，直接请教技术部请填写原因")
    if errors:
        raise Invalid(errors)


def suggestion(
    *, category: str, fault: str, is_first_of_category: bool, is_first_of_fault: bool, minutes: int | None, limit: int
) -> Text | None:
    """Why help should be asked for now, or None (R-195, R-198). `minutes`: on site so far."""
    if minutes is not None and minutes > limit:
        return _(
            "到现场已 {span}，超过{category}的 {limit} 分钟，建议求助",
            span=spoken_span(timedelta(minutes=minutes)),
            category=category,
            limit=limit,
        )
    if is_first_of_category and category:
        return _("您第一次修{category}，拿不准时建议先求助", category=category)
    if is_first_of_fault and fault:
        return _("您第一次处理“{fault}”，拿不准时建议先求助", fault=fault)
    return None
