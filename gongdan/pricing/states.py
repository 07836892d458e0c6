"""The fixed words of prices: modes, payers, kinds and roles of an item, areas, outcomes, and the life of a book."""

from __future__ import annotations

from enum import StrEnum

from gongdan.kernel.states import Machine, Transition
from gongdan.kernel.text import Text, _


class Mode(StrEnum):
    """服务方式. Same words as on the order."""

    ON_SITE = "on_site"
    EXPRESS = "express"
    IN_STORE = "in_store"
    PICK_UP = "pick_up"
    MAIL_IN = "mail_in"
    REMOTE = "remote"


class Payer(StrEnum):
    """付款方: who pays a line (O-011)."""

    CUSTOMER = "customer"
    MAKER = "maker"
    EXTENDED = "extended"
    DEALER = "dealer"
    ORGANISATION = "organisation"
    SHOP = "shop"
    LIABLE = "liable"


class ItemKind(StrEnum):
    """What the price holds. Only the labour in it is ranked."""

    LABOUR = "labour"
    WITH_PART = "with_part"
    PART = "part"


class Role(StrEnum):
    """What an item does in the calculation. Automatic roles are added by rule and never chosen by hand."""

    WORK = "work"
    EXTRA = "extra"
    PACKAGE = "package"
    INSPECTION = "inspection"
    VISIT = "visit"
    DISTANCE = "distance"
    REMOTE_FEE = "remote_fee"
    PICK_UP = "pick_up"
    EXPRESS = "express"
    HEIGHT = "height"
    HEIGHT_OFF_HOURS = "height_off_hours"
    NIGHT = "night"
    HOLIDAY = "holiday"
    OVERTIME = "overtime"
    MINIMUM = "minimum"
    EMPTY_TRIP = "empty_trip"
    ROUNDING = "rounding"


class WarrantyRule(StrEnum):
    """What becomes of an item in the period."""

    FREE = "free"
    CHARGED = "charged"
    USER_DAMAGE = "user_damage"
    CONTRACT = "contract"


class Area(StrEnum):
    """The place as price books divide it."""

    FIRST_TIER = "first_tier"
    CENTRAL = "central"
    RURAL = "rural"
    OTHER = "other"


class Outcome(StrEnum):
    """How it went with a device, as far as the price is concerned."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    NOTHING_FOUND = "nothing_found"
    CANCELLED = "cancelled"
    EMPTY_TRIP = "empty_trip"


class Travel(StrEnum):
    """The one travel model of a book."""

    NONE = "none"
    TOWN = "town"
    REMOTE = "remote"
    BANDS = "bands"


class Declined(StrEnum):
    """What a customer pays who has it inspected and does not repair (O-010)."""

    VISIT = "visit"
    INSPECTION = "inspection"
    BOTH = "both"


class Extra(StrEnum):
    """What the brand's flags decide in the period (O-012)."""

    DISTANCE = "distance"
    HEIGHT = "height"
    NIGHT = "night"
    HOLIDAY = "holiday"
    OVERTIME = "overtime"
    EMPTY_TRIP = "empty_trip"


class BookKind(StrEnum):
    """Whose prices they are. Contract goes before brand, brand before store."""

    CONTRACT = "contract"
    BRAND = "brand"
    STORE = "store"


class BookStatus(StrEnum):
    """The life of one edition of a book."""

    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


class Basis(StrEnum):
    """How far a price can be trusted; a row that is not `PUBLIC` is never shown as a market price."""

    PUBLIC = "public"
    MAKER = "maker"
    ESTIMATE = "estimate"
    OWN = "own"


class Rule(StrEnum):
    """Which rule made a line what it is. PR numbers are those of data/price_rules.json."""

    LIST = "LIST"
    RANK = "PR1"
    VISIT_ONCE = "PR2"
    CANCELLED = "PR3"
    SET_OFF = "PR4"
    HEIGHT = "PR5"
    DECLINED = "PR8"
    TIME_BAND = "PR9"
    EXPRESS = "PR12"
    COVERED = "PR14"
    DISTANCE_BAND = "PR15"
    REMOTE_FEE = "PR17"
    TRAVEL_ONCE = "PR18"
    MINIMUM = "PR20"
    EMPTY_TRIP = "PR21"
    DISTANCE = "KM"
    CHARGED = "CHARGED"
    EXTRA = "EXTRA"
    PICK_UP = "PICK_UP"
    PAYER = "PAYER"
    PACKAGE = "PACKAGE"
    HIGHEST_ONLY = "HIGHEST"
    NOT_DONE = "NOT_DONE"
    ROUNDING = "ROUNDING"


AUTOMATIC = frozenset(
    {
        Role.VISIT,
        Role.DISTANCE,
        Role.REMOTE_FEE,
        Role.EXPRESS,
        Role.NIGHT,
        Role.HOLIDAY,
        Role.OVERTIME,
        Role.MINIMUM,
        Role.EMPTY_TRIP,
        Role.ROUNDING,
    }
)

MODE_LABELS: dict[Mode, Text] = {
    Mode.ON_SITE: _("上门"),
    Mode.EXPRESS: _("极速上门"),
    Mode.IN_STORE: _("到店"),
    Mode.PICK_UP: _("上门取送"),
    Mode.MAIL_IN: _("寄修"),
    Mode.REMOTE: _("远程"),
}
PAYER_LABELS: dict[Payer, Text] = {
    Payer.CUSTOMER: _("用户"),
    Payer.MAKER: _("厂家"),
    Payer.EXTENDED: _("延保"),
    Payer.DEALER: _("经销商"),
    Payer.ORGANISATION: _("单位"),
    Payer.SHOP: _("本店"),
    Payer.LIABLE: _("责任人"),
}
ITEM_KIND_LABELS: dict[ItemKind, Text] = {
    ItemKind.LABOUR: _("纯工费"),
    ItemKind.WITH_PART: _("含件"),
    ItemKind.PART: _("纯件"),
}
ROLE_LABELS: dict[Role, Text] = {
    Role.WORK: _("维修项目"),
    Role.EXTRA: _("附加项目"),
    Role.PACKAGE: _("套餐"),
    Role.INSPECTION: _("检测费"),
    Role.VISIT: _("上门费"),
    Role.DISTANCE: _("超公里加收"),
    Role.REMOTE_FEE: _("超区路费(远程费)"),
    Role.PICK_UP: _("取送费"),
    Role.EXPRESS: _("极速加价"),
    Role.HEIGHT: _("高空作业费"),
    Role.HEIGHT_OFF_HOURS: _("高空夜间节假日加收"),
    Role.NIGHT: _("夜间加价"),
    Role.HOLIDAY: _("节假日加价"),
    Role.OVERTIME: _("加班费"),
    Role.MINIMUM: _("最低收费"),
    Role.EMPTY_TRIP: _("空跑费"),
    Role.ROUNDING: _("抹零"),
}
WARRANTY_RULE_LABELS: dict[WarrantyRule, Text] = {
    WarrantyRule.FREE: _("保内免"),
    WarrantyRule.CHARGED: _("收"),
    WarrantyRule.USER_DAMAGE: _("人为收"),
    WarrantyRule.CONTRACT: _("合同"),
}
AREA_LABELS: dict[Area, Text] = {
    Area.FIRST_TIER: _("一线城市"),
    Area.CENTRAL: _("中心城市"),
    Area.RURAL: _("乡镇山区"),
    Area.OTHER: _("其他地区"),
}
OUTCOME_LABELS: dict[Outcome, Text] = {
    Outcome.ACCEPTED: _("同意维修"),
    Outcome.DECLINED: _("检测后不修"),
    Outcome.NOTHING_FOUND: _("未查出问题"),
    Outcome.CANCELLED: _("检测前取消"),
    Outcome.EMPTY_TRIP: _("用户原因未完成"),
}
TRAVEL_LABELS: dict[Travel, Text] = {
    Travel.NONE: _("不收路费"),
    Travel.TOWN: _("上门费加超公里"),
    Travel.REMOTE: _("超区路费(远程费)"),
    Travel.BANDS: _("按距离分档"),
}
DECLINED_LABELS: dict[Declined, Text] = {
    Declined.VISIT: _("只收上门费"),
    Declined.INSPECTION: _("只收检测费"),
    Declined.BOTH: _("上门费和检测费都收"),
}
EXTRA_LABELS: dict[Extra, Text] = {
    Extra.DISTANCE: _("路费"),
    Extra.HEIGHT: _("高空"),
    Extra.NIGHT: _("夜间"),
    Extra.HOLIDAY: _("节假日"),
    Extra.OVERTIME: _("加班"),
    Extra.EMPTY_TRIP: _("空跑"),
}
BOOK_KIND_LABELS: dict[BookKind, Text] = {
    BookKind.CONTRACT: _("合同价目"),
    BookKind.BRAND: _("品牌价目"),
    BookKind.STORE: _("门店价目"),
}
BOOK_STATUS_LABELS: dict[StrEnum, Text] = {
    BookStatus.DRAFT: _("草稿"),
    BookStatus.PUBLISHED: _("已发布"),
    BookStatus.RETIRED: _("已停用"),
}
BASIS_LABELS: dict[Basis, Text] = {
    Basis.PUBLIC: _("公开网页"),
    Basis.MAKER: _("厂家公布"),
    Basis.ESTIMATE: _("估计，待本店核定"),
    Basis.OWN: _("本店自定"),
}
RULE_LABELS: dict[Rule, Text] = {
    Rule.LIST: _("按价目标准价收取"),
    Rule.RANK: _(
        "同一台设备同一次上门有多项维修：工费最高的一项全收，其余按价目规定的比例收；配件、路费、高空、套餐不参与排序"
    ),
    Rule.VISIT_ONCE: _("同一次报修多次上门，只收一次上门费"),
    Rule.CANCELLED: _("上门后检测前取消，只收上门费"),
    Rule.SET_OFF: _("同意维修后不再收检测费"),
    Rule.HEIGHT: _("高空作业按作业高度分档，起收高度以下不收"),
    Rule.DECLINED: _("检测后不维修，按价目规定收上门费、检测费；未查出问题不收检测费"),
    Rule.TIME_BAND: _("按实际到达时间分日间、夜间和节假日，加班按小时另计"),
    Rule.EXPRESS: _("约定后按时到达才收极速加价，超时免收"),
    Rule.COVERED: _("保内且无除外情形：按保障范围免收工费、配件、上门费，由承担方支付"),
    Rule.DISTANCE_BAND: _("上门费按距离分档"),
    Rule.REMOTE_FEE: _("超区路费 =（单程公里 − 免费公里）× 每公里单价，不足一公里按一公里"),
    Rule.TRAVEL_ONCE: _("同一次上门只收一份路费，取较高者"),
    Rule.MINIMUM: _("单次上门的维修费不足最低收费时，按最低收费"),
    Rule.EMPTY_TRIP: _("因用户原因上门后未完成，收空跑费"),
    Rule.DISTANCE: _("超出免费公里的部分，每公里加收，不足一公里按一公里"),
    Rule.CHARGED: _("价目规定保内也收的项目"),
    Rule.EXTRA: _("保内的路费、高空、夜间、节假日等附加费，由品牌约定的一方承担"),
    Rule.PICK_UP: _("取送费代替上门费；上门检测过的另收上门费；保内取送不向用户收"),
    Rule.PAYER: _("人工指定付款方"),
    Rule.PACKAGE: _("套餐已包含的项目不再单收"),
    Rule.HIGHEST_ONLY: _("几项加价不叠加，只收最高的一项"),
    Rule.NOT_DONE: _("没有维修的设备不收维修费"),
    Rule.ROUNDING: _("按价目规定抹去零头"),
}

BOOK_MACHINE = Machine(
    BOOK_STATUS_LABELS,
    Transition("publish", _("发布"), frozenset({BookStatus.DRAFT}), BookStatus.PUBLISHED, "pricing.publish"),
    Transition("retire", _("停用"), frozenset({BookStatus.PUBLISHED}), BookStatus.RETIRED, "pricing.publish"),
)
