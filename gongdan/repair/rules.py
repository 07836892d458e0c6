"""What must stand before the work may start, be handed over, or be closed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gongdan.kernel.errors import Invalid, Refused
from gongdan.kernel.text import Text, _

METHODS = ("询问", "试机", "拆机", "仪器", "远程", "日志")
RESULTS: dict[str, Text] = {
    "repaired": _("已修复"),
    "not_repaired": _("未修复"),
    "declined": _("客户不修"),
    "nothing_found": _("未查出问题"),
}
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
ACCEPTANCE_WAYS: dict[str, Text] = {
    "signature": _("屏幕签名"),
    "paper": _("纸质签字"),
    "phone": _("电话确认"),
}


@dataclass(frozen=True, slots=True)
class Consented:
    """How the price stands with the customer: state of the standing quote and what he pays by it."""

    quote_state: str
    due_fen: int


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


def check_may_accept(devices: Sequence[DeviceWork]) -> None:
    """Refused: an item of the test sheet failed or is open, or nothing was tested (R-162)."""
    for work in devices:
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


def check_may_finish(result: str, devices: Sequence[DeviceWork], *, is_accepted: bool, quote_state: str) -> None:
    """Refused: something of this result is missing - the sentence names it."""
    if result not in RESULTS:
        raise Invalid({"result": _("请选择维修结果")})
    for work in devices:
        if not work.has_diagnosis:
            raise Refused(_("{device} 还没有检测结果，请先填写", device=work.label), code="no_diagnosis")
    if result == "declined" and quote_state not in ("declined", "accepted", "issued"):
        raise Refused(_("客户不修要先有报价和客户的决定，请先报价并记录“不修”"), code="no_quote")
    if result == "repaired":
        check_may_accept(devices)
        if not is_accepted:
            raise Refused(_("还没有客户验收签名，请先请客户试机验收"), code="not_accepted")
