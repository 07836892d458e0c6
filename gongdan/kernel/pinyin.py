"""Pinyin initials, by which clerks find names without a Chinese keyboard: 张伟 -> zw, 重庆 -> cq.

The letter of each character comes from a generated table (`bin/make-pinyin`). What a table of single characters reads
wrongly stands here: surnames, which apply to names of people, and phrases, which apply everywhere.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_FIRST = 0x4E00

# Surnames that the table reads otherwise; where the letter is the same (任, 盖, 朴, 柏), nothing need stand here.
_SURNAMES = """
单s 單s 曾z 解x 仇q 区o 區o 查z 覃q 翟z 乐y 樂y 种c 折s 祭z 秘b 句g 召s 繁p 乜n 粘n 阚k 适k 颉x 隗w 么y 藏z
尉迟yc 尉遲yc 万俟mq 萬俟mq 单于cy 單于cy 长孙zs 澹台tt 澹臺tt 乐正yz 樂正yz
"""

# Words in which a character is read otherwise than it usually is. None ends in 省, 市, 区 or 县 + 长: 上海市长宁区.
_PHRASES = """
重庆cq 重慶cq 重复cf 重启cq 重装cz 重新cx 重做cz 重修cx 重置cz 重建cj 重组cz 重叠cd 重合ch 重影cy 重试cs 重写cx
重刷cs 重设cs 重发cf 重拨cb 重连cl 重打cd 重报cb 重阳cy 重生cs 重换ch 重配cp 重派cp 重测cc 双重sc 三重sc
厦门xm 廈門xm 厦大xd 厦工xg 厦华xh
店长dz 组长zz 班长bz 队长dz 厂长cz 校长xz 院长yz 家长jz 会长hz 行长hz 部长bz 局长jz 科长kz 董事长dsz 护士长hsz
成长cz 增长zz 生长sz 长大zd 长辈zb 长老zl 长子县zzx
音乐yy 乐器yq 乐队yd 乐谱yp 乐清yq 声乐sy 乐曲yq
银行yh 銀行yh 支行zh 分行fh 总行zh 行业hy 行情hq 行距hj 行规hg 商行sh 车行ch 琴行qh 药行yh 五金行wjh 电器行dqh
开户行khh 建行jh 工行gh 农行nh 中行zh 招行zh 交行jh 央行yh 同行th 内行nh 外行wh 拍卖行pmh 排行ph 太行th
弹簧th 弹出tc 弹窗tc 弹性tx 弹力tl 弹开tk 弹跳tt 弹起tq 弹片tp 弹不tb 反弹ft 回弹ht 弹琴tq 弹钢琴tgq
调度dd 调拨db 调换dh 调查dc 调货dh 调动dd 调取dq 调用dy 调研dy 调头dt 调离dl 调令dl 调包db 调兵db 调回dh
强调qd 单调dd 声调sd 音调yd 色调sd 基调jd 对调dd 借调jd 抽调cd
给水js 供给gj 补给bj 自给zj 给付jf 给排水jps 率先sx 率领sl
西藏xz 藏族zz 藏式zs 藏医zy 藏药zy 藏区zq 藏香zx 青藏qz 川藏cz 滇藏dz 宝藏bz 雪域藏xyz
会计kj 會計kj 财会ck 会稽kj 投降tx 反省fx 校准jz 校正jz 校验jy 校对jd 校核jh 校表jb 校时js 校音jy 校直jz 调校tj
人参rs 海参hs 党参ds 西洋参xys 花旗参hqs 高丽参gls 便宜py 传记zj 自传zz 盛饭cf 盛水cs 系带jd 系绳js 系紧jj 关卡gq
朝气zq 朝霞zx 朝晖zh 曾孙zs 曾祖zz 湖泊hp 血泊xp 梁山泊lsp 罗布泊lbp 厌恶yw 可恶kw 曝光bg 伺候ch 恐吓kh 秘鲁bl
汤匙tc 锁匙sc 宝坻bd 大埔db 番禺py 东阿de 阿胶ej 阿房宫efg 尉犁yl 蔚县yx 蔚州yz 枞阳zy 莘庄xz 莘塍xc 浚县xx 涡阳gy
涡河gh 泌阳by 铅山ys 洪洞ht 犍为qw 黄陂hp 单县sx 繁峙fs 星宿xx 龟裂jl
"""

_ENTRY = re.compile(r"([\u4e00-\u9fff]+)([a-z]+)")
_WIDE = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}


def initials(text: str, *, is_name: bool = False) -> str:
    """The lower-case initials of the characters in the text; latin letters and digits stay, all else is left out.

    `is_name`: the text is a person's name, so that a surname at its start is read as one (单 -> s, 曾 -> z).
    """
    text = text.translate(_WIDE).lower()
    letters, phrases = _letters(), _entries(_PHRASES)
    found: list[str] = []
    at = 0
    if is_name:
        text = text.lstrip()
        at = _take(text, 0, _entries(_SURNAMES), found)
    while at < len(text):
        width = _take(text, at, phrases, found)
        if not width:
            found.append(_letter(text[at], letters))
        at += width or 1
    return "".join(found)


def spellings(text: str) -> tuple[str, ...]:
    """The initials to index a text of which nobody knows whether it is a person's name: one or two spellings."""
    plain, as_name = initials(text), initials(text, is_name=True)
    return (plain,) if plain == as_name else (as_name, plain)


def _take(text: str, at: int, entries: dict[str, list[tuple[str, str]]], found: list[str]) -> int:
    """Add the letters of the longest entry that stands at this place; how many characters it has (0: none)."""
    for word, reading in entries.get(text[at : at + 1], ()):
        if text.startswith(word, at):
            found.append(reading)
            return len(word)
    return 0


def _letter(sign: str, letters: str) -> str:
    if "a" <= sign <= "z" or "0" <= sign <= "9":
        return sign
    place = ord(sign) - _FIRST
    if 0 <= place < len(letters):
        return letters[place].replace(".", "")
    return "l" if sign == "〇" else ""


@cache
def _letters() -> str:
    """The letters of U+4E00 to U+9FFF in order; a dot where there is no reading."""
    table = Path(__file__).parent / "data" / "pinyin_initials.txt"
    return table.read_text(encoding="ascii").replace("\n", "")


@cache
def _entries(listed: str) -> dict[str, list[tuple[str, str]]]:
    """Words and their letters by first character, longest word first."""
    by_first: dict[str, list[tuple[str, str]]] = {}
    for word, reading in sorted(_ENTRY.findall(listed), key=lambda entry: -len(entry[0])):
        assert len(word) == len(reading), f"{word}: one letter for each character"
        by_first.setdefault(word[0], []).append((word, reading))
    return by_first
