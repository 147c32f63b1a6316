from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.capital import SPOKEN, UPPER, capital, capital_of, spoken


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (0, "零元整"),
        (1, "壹分"),
        (10, "壹角整"),
        (11, "壹角壹分"),
        (100, "壹元整"),
        (105, "壹元零伍分"),
        (150, "壹元伍角整"),
        (1_000, "壹拾元整"),
        (10_005, "壹佰元零伍分"),
        (140_950, "壹仟肆佰零玖元伍角整"),
        (600_714, "陆仟零柒元壹角肆分"),
        (1_680_32, "壹仟陆佰捌拾元叁角贰分"),
        (10_700_053, "壹拾万柒仟元伍角叁分"),
        (100_000_000, "壹佰万元整"),
        (100_000_100, "壹佰万零壹元整"),
        (1_000_100_000, "壹仟万壹仟元整"),
        (1_059_810_000, "壹仟零伍拾玖万捌仟壹佰元整"),
        (1_076_700_000, "壹仟零柒拾陆万柒仟元整"),
        (10_000_000_100, "壹亿零壹元整"),
        (10_001_000_000, "壹亿零壹万元整"),
        (100_010_000_000_000, "壹万零壹亿元整"),
        (1_234_567_890_100, "壹佰贰拾叁亿肆仟伍佰陆拾柒万捌仟玖佰零壹元整"),
    ],
)
def test_amount_in_words_is_written_as_banks_write_it(fen: int, words: str) -> None:
    assert capital(fen) == words


def test_amount_is_said_as_one_says_it() -> None:
    assert spoken(1_298_000_000) == "一千二百九十八万元"
    assert spoken(105) == "一元零五分"
    assert spoken(0) == "零元"


def read_back(words: str) -> int:
    """Read 大写 independently of how it is written: positional, unit by unit."""
    units = {"拾": 10, "佰": 100, "仟": 1_000}
    total = section = digit = 0
    whole, _, rest = words.partition("元") if "元" in words else ("", "", words)
    for letter in whole:
        if letter in UPPER:
            digit = UPPER.index(letter)
        elif letter in units:
            section, digit = section + digit * units[letter], 0
        elif letter == "万":
            total, section, digit = total + (section + digit) * 10_000, 0, 0
        elif letter == "亿":
            total, section, digit = (total + section + digit) * 100_000_000, 0, 0
    fen = (total + section + digit) * 100
    for letter, following in zip(rest, rest[1:] + " ", strict=True):
        fen += UPPER.find(letter) * {"角": 10, "分": 1}.get(following, 0) if letter in UPPER else 0
    return fen


@given(st.integers(0, 10**17))
def test_amount_in_words_reads_back_to_itself(fen: int) -> None:
    assert read_back(capital(fen)) == fen


@given(st.integers(0, 10**17))
def test_no_two_noughts_stand_together_and_none_before_a_unit(fen: int) -> None:
    words = capital(fen)

    assert "零零" not in words
    assert not {pair for pair in pairwise(words) if pair[0] == "零"} & {
        ("零", unit) for unit in "拾佰仟万亿"
    }


@given(st.integers(0, 10**17))
def test_spoken_and_written_amounts_differ_in_letters_only(fen: int) -> None:
    alike = str.maketrans(UPPER + "拾佰仟", SPOKEN + "十百千")

    assert capital(fen).translate(alike).removesuffix("整") == spoken(fen)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("1,234.50", "壹仟贰佰叁拾肆元伍角整"),
        ("１２３４.5", "壹仟贰佰叁拾肆元伍角整"),
        ("¥ 0", "零元整"),
        ("1" * 15, capital(int("1" * 15) * 100)),
        *((wrong, "") for wrong in ("", "twelve", "1.234", "-1", "1" * 16)),
    ],
)
def test_what_stands_in_a_field_is_said_in_words_where_it_is_an_amount(
    typed: str, words: str
) -> None:
    assert capital_of(typed) == words
