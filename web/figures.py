"""Figures as the pages write them: money, shares, sizes, hashes."""

from web.letterhead import Lang

LONG_FIGURE = 13  # characters; a longer figure is set smaller (looks.md 2)
UNITS = {
    "CNY": ("元", "CNY"),
    "JPY": ("日元", "JPY"),
    "USD": ("美元", "USD"),
    "EUR": ("欧元", "EUR"),
}
KILO = 1024


def money(fen: int) -> str:
    """Write whole fen as an amount in figures: 1234500 -> 12,345.00."""
    whole, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole:,}.{rest:02d}"


def unit(currency: str, lang: Lang) -> str:
    """Name the unit of an ISO 4217 currency; one without a Chinese name here keeps its code."""
    zh, en = UNITS.get(currency, (currency, currency))
    return zh if lang is Lang.ZH else en


def is_long(fen: int) -> bool:
    """Say whether the amount in figures needs the smaller size."""
    return len(money(fen)) > LONG_FIGURE


def permille(part: int, whole: int) -> int:
    """Return `part` of `whole` in permille, rounded half up; for bars and shares only."""
    return (part * 2000 + whole) // (2 * whole)


def percent(tenths: int) -> str:
    """Write permille as a percentage with one decimal: 712 -> 71.2%."""
    whole, rest = divmod(abs(tenths), 10)
    return f"{'-' if tenths < 0 else ''}{whole}.{rest}%"


def size(octets: int) -> str:
    """Write a number of bytes: 4404019 -> 4.2 MB; units of 1024."""
    if octets < KILO:
        return f"{octets} B"
    scaled = octets / KILO
    for name in ("KB", "MB"):
        if scaled < KILO:
            return f"{scaled:.1f} {name}"
        scaled /= KILO
    return f"{scaled:.1f} GB"


def hash_head(digest: str) -> str:
    """Shorten a hex digest: its first eight and last four digits, in groups of four."""
    return f"{digest[:4]} {digest[4:8]} … {digest[-4:]}"


def hash_groups(digest: str) -> str:
    """Write a whole hex digest in groups of eight."""
    return " ".join(digest[i : i + 8] for i in range(0, len(digest), 8))
