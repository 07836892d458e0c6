"""Spreadsheets as owners keep them, made for the tests."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter  # noqa: TID253 - a test process may be large

DATA = Path(__file__).parent / "data"
OWNERS_ROWS: list[list[Any]] = [
    ["天河家电维修部 2024 年维修台账", *[None] * 10],
    ["（单位：元）"],
    [],
    [
        "序", "流水号", "送修日期", "顾客", "联系方式", "住址", "产品", "牌子", "机号", "报修内容", "处理过程", "费用", "师傅",
        "维修状态",
    ],
    [
        1, "T-001", date(2024, 3, 5), "王小明", "13812342231/020-86661234 王太", "体育东路5号1203", "海尔空调", "海尔",
        "HR-0099", "不制冷", "加氟", "150元", "李建国", "修好",
    ],
    [
        2, "T-002", "2024年3月7日", "王小明", "138 1234 2231", "体育东路5号1203", "空调", "海尔", "HR0099",
        "又不制冷\n外机异响", "换电容", "￥1,280.50", "李建国", "修好",
    ],
    [
        3, "T-003", "24.3.9", "李阿姨", "", "石牌村 12 号", "扫地机", "科沃斯", "", "不充电", "换电池", 80, "周师傅", "未修好",
    ],
    [4, "T-004", 45361, "", "", "", "手机", "", "", "碎屏", "", "免费", "", "客户不修"],
    [5, "T-005", "不记得了", "赵六", "13900001111", "", "电视", "", "", "没图像", "", "", "", ""],
    [6, "T-006", date(2024, 4, 1), "钱七", "13900002222", "", "冰箱", "", "", "", "", "", "", ""],
    [7, "T-001", "2024-04-02", "孙八", "13900003333", "", "冰箱", "美的", "", "不停机", "", "面议", "", ""],
]  # fmt: skip


def xlsx(rows: Sequence[Sequence[Any]], *, sheet: str = "台账") -> bytes:
    """A workbook with these rows, and a small sheet before it."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    book.add_worksheet("说明").write(0, 0, "请勿删除")
    page = book.add_worksheet(sheet)
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for r, row in enumerate(rows):
        for c, cell in enumerate(row):
            if isinstance(cell, date):
                page.write_datetime(r, c, cell, day)
            elif cell is not None:
                page.write(r, c, cell)
    book.close()
    return buffer.getvalue()


def text(rows: Sequence[Sequence[Any]], *, encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    """The rows as CSV, as Excel would write them."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter)
    for row in rows:
        writer.writerow("" if c is None else c.strftime("%Y/%m/%d") if isinstance(c, date) else c for c in row)
    return buffer.getvalue().encode(encoding)


def numbered(count: int) -> list[list[Any]]:
    """A plain table of past orders, a customer for every two."""
    head = ["单号", "报修日期", "姓名", "电话", "品类", "品牌", "故障现象"]
    return [head] + [
        [f"N{i:05d}", "2024-05-06", f"客户{i // 2}", f"1390000{i // 2:04d}", "空调", "格力", "不制冷"]
        for i in range(count)
    ]
