"""The check character of a unified social credit code: no single slip passes."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notary.credit_code import (
    ALPHABET,
    CreditCodeWrong,
    check_character,
    require,
    require_if_like,
)

CODES = st.text(ALPHABET, min_size=17, max_size=17).map(lambda one: one + check_character(one))
TYPED = string.digits + string.ascii_letters


def test_codes_of_public_registers_pass() -> None:
    for code in ("91350100M000100Y43", "9144030071526726XG", "91110108551385082Q"):
        require(code)


@given(CODES, st.integers(0, 17), st.sampled_from(TYPED))
def test_a_code_with_any_one_character_changed_is_refused(code: str, at: int, other: str) -> None:
    require(code)
    slip = code[:at] + other + code[at + 1 :]
    if slip == code:
        return
    with pytest.raises(CreditCodeWrong):
        require(slip)
    if any(one.isdecimal() for one in slip):
        with pytest.raises(CreditCodeWrong):
            require_if_like(slip)


@given(CODES, st.integers(0, 16))
def test_two_neighbours_exchanged_are_refused(code: str, at: int) -> None:
    slip = code[:at] + code[at + 1] + code[at] + code[at + 2 :]
    if slip != code:
        with pytest.raises(CreditCodeWrong):
            require(slip)


@pytest.mark.parametrize("org", ["", "91350100M000100Y4", "91350100M000100Y433", "ORG-AGENCY"])
def test_what_is_no_code_is_none_but_may_be_another_id(org: str) -> None:
    with pytest.raises(CreditCodeWrong):
        require(org)
    require_if_like(org)
