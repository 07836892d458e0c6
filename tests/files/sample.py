"""A specimen paper with every block filled, as an app's `papers.py` would build it."""

from __future__ import annotations

from dataclasses import dataclass

from gongdan.files.papers import Firm, Head, Line, Pair, Qr, Section, Signature, Total
from gongdan.files.rules import ink_of

STROKES = [
    {"points": [{"x": 20 + 9 * n, "y": 60 + (18 if n % 2 else -14) - n * 2, "time": n} for n in range(9)]},
    {"points": [{"x": 60, "y": 18}, {"x": 64, "y": 50}, {"x": 58, "y": 92}, {"x": 44, "y": 100}]},
    {"points": [{"x": 104 + 12 * n, "y": 66 + (12 if n % 3 else -20)} for n in range(8)]},
]


@dataclass(frozen=True, slots=True)
class SamplePaper:
    """Every block once."""

    head: Head
    sections: tuple[Section, ...]
    lines: tuple[Line, ...]
    totals: tuple[Total, ...]
    parts: tuple[tuple[str, ...], ...]
    advice: str
    signatures: tuple[Signature, ...]
    stub: Section | None


def sample(number: str = "TH260311-0007") -> SamplePaper:
    """A paid repair of an air conditioner."""
    ink = ink_of(STROKES)
    return SamplePaper(
        head=Head(
            firm=Firm(
                name="广州天河惠民电器维修部",
                site="天河店",
                address="广州市天河区体育西路 101 号首层",
                phone="020-8666 1234",
                complaint_phone="020-8666 4321",
                hours="08:30-18:00",
            ),
            title="维修服务单",
            number=number,
            issued_at="2026-03-11 17:42",
            issued_by="李建国",
            qr=Qr("https://fix.example.cn/t/8fK2pQ", "扫码查看进度"),
            notes=(
                "本次维修的更换部件自完工之日起保修 90 天，凭本单办理；人为损坏、进液、私自拆修不在保修之内。",
                "如对收费有疑问，请在 7 日内拨打投诉电话，我们按价目表逐项核对。",
            ),
            copies=("① 存根联（白）", "② 客户联（红）", "③ 结算联（黄）"),
        ),
        sections=(
            Section(
                "客户",
                (
                    Pair("客户名称", "王小明"),
                    Pair("联系电话", "138 0013 8000"),
                    Pair("备用电话", ""),
                    Pair("服务方式", "上门 · 维修"),
                    Pair(
                        "地址",
                        "广州市天河区体育东路 28 号金利来大厦 2 栋 1 单元 1501 室（请从南门进，地下停车场 B2 有货梯）",
                        True,
                    ),
                ),
            ),
            Section(
                "机器",
                (
                    Pair("品牌型号", "格力 KFR-35GW/NhA1"),
                    Pair("序列号", "4V0120098731Q"),
                    Pair("保修", "保外（2019-06-18 购，整机 6 年已满）"),
                    Pair("购机日期", "2019-06-18"),
                    Pair("故障现象", "开机十分钟后不制冷，外机不转，显示 E4。", True),
                    Pair(
                        "处理结果",
                        "外机启动电容失效，更换电容并清洗冷凝器；试机 30 分钟，出风 12.4 ℃，运行电流 4.1 A，正常。",
                        True,
                    ),
                ),
            ),
        ),
        lines=(
            Line("上门费", "1", "50.00", "50.00", "20 公里以内"),
            Line("空调外机电容更换（35 μF）", "1", "180.00", "180.00", "含件：工费 120.00 + 电容 60.00 · 客户付"),
            Line("冷凝器清洗", "1", "100.00", "50.00", "同机第二项半价（规则 PR1）"),
            Line("制冷剂 R32 补充", "0.3 kg", "150.00", "45.00", ""),
        ),
        totals=(
            Total("合计", "325.00"),
            Total("优惠（抹零）", "−5.00"),
            Total("应付", "¥320.00", "人民币（大写）叁佰贰拾元整", True),
        ),
        parts=(("电容 35 μF / 450 V", "CB65-35-2209", "1"), ("制冷剂 R32", "—", "0.3 kg")),
        advice="每年夏季前清洗过滤网；外机周围 50 厘米内请勿堆放杂物。",
        signatures=(
            Signature("维修师傅", "李建国", "2026-03-11 17:30"),
            Signature("客户签名", "王小明", "2026-03-11 17:41", ink.box, ink.path),
        ),
        stub=Section("取机凭证（请妥善保管）", (Pair("取机码", "6371"), Pair("预计完工", "2026-03-13 18:00 前"))),
    )
