"""Amounts in Chinese capitals, as receipts and bank slips demand them: 壹仟肆佰零玖元伍角.

The rules are those of the central bank's 正确填写票据和结算凭证的基本规定: 整 after 元 and not after 分 (after 角 it is
optional and left out here), 壹拾 and never 拾 alone, one 零 for any run of zeros inside the figure.
"""

from __future__ import annotations

from gongdan.kernel.money import Fen

_FIGURES = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_YI = 10**8
_WAN = 10**4


def capitals(amount: Fen) -> str:
    """The amount in capitals, without 人民币 in front: 140950 -> 壹仟肆佰零玖元伍角; 负 before a debt."""
    if amount < 0:
        return f"负{capitals(Fen(-amount))}"
    yuan, cents = divmod(amount, 100)
    jiao, fen = divmod(cents, 10)
    words = f"{_whole(yuan)}元" if yuan or not cents else ""
    if not cents:
        return f"{words}整"
    if jiao:
        words += f"{_FIGURES[jiao]}角"
    elif words:
        words += "零"
    return f"{words}{_FIGURES[fen]}分" if fen else words


def _whole(number: int) -> str:
    """A whole number in capitals."""
    if number >= _YI:
        return _joined(number // _YI, "亿", number % _YI, _YI)
    if number >= _WAN:
        return _joined(number // _WAN, "万", number % _WAN, _WAN)
    return _group(number)


def _joined(high: int, unit: str, low: int, size: int) -> str:
    """The part above a unit and the part below it; a 零 between them where the lower part does not fill its places."""
    words = f"{_whole(high)}{unit}"
    if not low:
        return words
    has_gap = low < size // 10 or high % 10 == 0
    return f"{words}零{_whole(low)}" if has_gap else words + _whole(low)


def _group(number: int) -> str:
    """Up to four digits in capitals."""
    words, gap = "", False
    for place in (3, 2, 1, 0):
        figure = number // 10**place % 10
        if figure:
            words += ("零" if gap and words else "") + _FIGURES[figure] + _PLACES[place]
        gap = not figure
    return words or "零"
