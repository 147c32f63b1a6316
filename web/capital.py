"""Amounts in words: 大写 as banks write them, and the plain numerals one reads aloud.

Source: 支付结算办法, annex 1 (正确填写票据和结算凭证的基本规定): 整 after a whole yuan or jiao,
none after a fen; noughts inside a number are one 零; a nought before a fen is written.
"""

import re
import unicodedata

UPPER = "零壹贰叁肆伍陆柒捌玖"
SPOKEN = "零一二三四五六七八九"
UPPER_UNITS = ("", "拾", "佰", "仟")
SPOKEN_UNITS = ("", "十", "百", "千")
MYRIADS = ((100_000_000, "亿"), (10_000, "万"))


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


def capital_of(typed: str) -> str:
    """Return an amount as it stands in a field, in yuan, as 大写; nothing for what is none."""
    plain = re.sub(r"[,\s¥元]", "", unicodedata.normalize("NFKC", typed))
    read = re.fullmatch(r"([0-9]{1,15})(?:\.([0-9]{1,2}))?", plain)
    return capital(int(read[1]) * 100 + int((read[2] or "").ljust(2, "0"))) if read else ""


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
    """Write a whole number: so many 亿, so many 万, and the rest, each written the same way."""
    for size, name in MYRIADS:
        if number >= size:
            high, low = divmod(number, size)
            gap = digits[0] if 0 < low < size // 10 else ""
            rest = _whole(low, digits, units) if low else ""
            return f"{_whole(high, digits, units)}{name}{gap}{rest}"
    return _group(number, digits, units) if number else digits[0]


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
