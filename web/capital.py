"""Amounts in words: 大写 as banks write them, and the plain numerals one reads aloud.

Source: 支付结算办法, annex 1 (正确填写票据和结算凭证的基本规定): 整 after a whole yuan or jiao, none after
a fen; noughts inside a number are one 零; a nought before a fen is written.
"""

UPPER = "零壹贰叁肆伍陆柒捌玖"
SPOKEN = "零一二三四五六七八九"
UPPER_UNITS = ("", "拾", "佰", "仟")
SPOKEN_UNITS = ("", "十", "百", "千")
MYRIADS = ("", "万", "亿", "万亿", "亿亿")  # 10 to the power of 0, 4, 8, 12, 16


def capital(fen: int) -> str:
    """Return `fen`, not negative, as 大写: 1234500 -> 壹万贰仟叁佰肆拾伍元整."""
    yuan, rest = divmod(fen, 100)
    jiao, odd = divmod(rest, 10)
    if not fen:
        return "零元整"
    words = f"{_whole(yuan, UPPER, UPPER_UNITS)}元" if yuan else ""
    if jiao:
        words += f"{UPPER[jiao]}角"
    elif odd and yuan:
        words += "零"
    return words + (f"{UPPER[odd]}分" if odd else "整")


def spoken(fen: int) -> str:
    """Return `fen`, not negative, as one says it: 1298000000 -> 一千二百九十八万元."""
    yuan, rest = divmod(fen, 100)
    jiao, odd = divmod(rest, 10)
    words = f"{_whole(yuan, SPOKEN, SPOKEN_UNITS)}元" if yuan or not rest else ""
    if jiao:
        words += f"{SPOKEN[jiao]}角"
    elif odd and yuan:
        words += "零"
    return words + (f"{SPOKEN[odd]}分" if odd else "")


def _whole(number: int, digits: str, units: tuple[str, ...]) -> str:
    """Write a whole number in groups of four digits, the highest first."""
    if not number:
        return digits[0]
    groups: list[int] = []
    while number:
        number, group = divmod(number, 10_000)
        groups.append(group)
    words = ""
    for place in reversed(range(len(groups))):
        group = groups[place]
        if not group:
            continue
        lower_group_is_short = group < 1_000 and words  # noqa: PLR2004 - no digit of thousands
        words += digits[0] if lower_group_is_short or _gap(groups, place, words) else ""
        words += _group(group, digits, units) + MYRIADS[place]
    return words


def _gap(groups: list[int], place: int, words: str) -> bool:
    """Say whether the group above `place` was all noughts, so that a 零 stands for it."""
    return bool(words) and place + 1 < len(groups) and not groups[place + 1]


def _group(group: int, digits: str, units: tuple[str, ...]) -> str:
    """Write 1 to 9999; noughts inside become one, noughts at the end none."""
    words = ""
    nought = False
    for power in (3, 2, 1, 0):
        digit = group // 10**power % 10
        if digit:
            words += (digits[0] if nought and words else "") + digits[digit] + units[power]
            nought = False
        else:
            nought = True
    return words
