import json
from decimal import Decimal
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notary import canonical
from notary.canonical import BadJson, Json, Writable
from tests import shared

JCS = ["arrays", "french", "structures", "unicode", "values", "weird"]
# Their numbers have fractions or exponents, which no text of the hall may have.
JCS_WITH_FRACTIONS = {"structures", "values"}

plain_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
safe_integer = st.integers(min_value=-(2**53) + 1, max_value=2**53 - 1)
documents = st.recursive(
    st.none() | st.booleans() | safe_integer | plain_text,
    lambda inner: st.lists(inner) | st.dictionaries(plain_text, inner),
    max_leaves=20,
)


@pytest.mark.parametrize("name", JCS)
def test_vectors_of_rfc_8785(name: str) -> None:
    given_text = shared.path(f"vectors/jcs/input/{name}.json").read_bytes()
    wanted = shared.path(f"vectors/jcs/output/{name}.json").read_bytes()

    if name in JCS_WITH_FRACTIONS:
        with pytest.raises(BadJson):
            canonical.loads(given_text)
    else:
        value = canonical.loads(given_text)
        assert canonical.dumps(value) == wanted
        hexadecimal = shared.path(f"vectors/jcs/outhex/{name}.txt").read_text()
        assert canonical.dumps(value) == bytes.fromhex(hexadecimal)


def test_every_text_that_must_be_refused_is_refused() -> None:
    cases = canonical.loads(shared.path("vectors/seal-v1-cases.json").read_bytes(), limit=4 * 2**20)
    refused = cast("dict[str, list[dict[str, str]]]", cases)["refused_json"]
    assert len(refused) == 15

    for case in refused:
        with pytest.raises(BadJson):
            canonical.load_signed(case["text"].encode())


def test_golden_objects_are_canonical() -> None:
    golden = json_of("vectors/seal-v1-golden.json")

    for text in texts_of_objects(golden):
        assert canonical.dumps(canonical.load_signed(text.encode(), limit=2**20)) == text.encode()


@given(documents)
def test_what_is_written_is_read_again(value: Json) -> None:
    data = canonical.dumps(value)

    assert canonical.loads(data) == value
    assert canonical.dumps(canonical.loads(data)) == data


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        value = canonical.loads(data)
    except BadJson:
        return

    assert canonical.loads(canonical.dumps(value)) == value


MALFORMED = [
    "[" * 100_000,
    '{"a":' * 100_000,
    "[" * 33 + "]" * 33,
    '"' + '\\"' * 100_000,
    "Infinity",
    "-Infinity",
    '"\x00"',
    '"\\udc00\\ud800"',
    '{"\\u0000":1}',
    "",
    "[1,]",
    "1 2",
    "'a'",
    "01",
    "+1",
    "1" * 5_000,
]


@pytest.mark.parametrize("text", [*MALFORMED, "-" + "1" * 5_000, "-9007199254740992", "1.0"])
def test_hostile_text_is_refused(text: str) -> None:
    with pytest.raises(BadJson):
        canonical.loads(text.encode(), limit=10**6)


@pytest.mark.parametrize("text", MALFORMED)
def test_foreign_text_has_the_same_fences(text: str) -> None:
    with pytest.raises(BadJson):
        canonical.load_foreign(text.encode(), limit=10**6)


@pytest.mark.parametrize("data", [b"\xff", b"\xed\xa0\x80", b"\xc0\x80", '"a"'.encode("utf-16")])
def test_what_is_not_utf_8_is_refused(data: bytes) -> None:
    with pytest.raises(BadJson):
        canonical.loads(data)


def test_hash_of_nothing() -> None:
    # FIPS 180-4, the empty message.
    assert canonical.sha256_hex(b"").startswith("e3b0c44298fc1c149afbf4c8996fb924")


def test_limits_are_exact() -> None:
    assert canonical.loads(b"[1]", limit=3) == [1]
    with pytest.raises(BadJson):
        canonical.loads(b"[1]", limit=2)
    assert canonical.loads(b"[" * 32 + b"]" * 32)
    assert canonical.loads(b'["[[[[", "\\"[["]', depth=1) == ["[[[[", '"[[']
    assert canonical.loads(b"9007199254740991") == 2**53 - 1


def test_a_pair_of_surrogate_escapes_is_a_character() -> None:
    assert canonical.loads(b'"\\ud83d\\ude00"') == "\N{GRINNING FACE}"


@pytest.mark.parametrize("text", ["[]", '"a"', "1", "null"])
def test_a_signed_text_is_an_object(text: str) -> None:
    with pytest.raises(BadJson):
        canonical.load_signed(text.encode())


@pytest.mark.parametrize(
    "value",
    [1.0, float("nan"), 2**53, -(2**53), "\ud800", "a\x00", {"\x00": 1}, {1: 2}, {1}, b"a"],
)
def test_what_has_no_form_is_not_written(value: object) -> None:
    with pytest.raises(BadJson):
        canonical.dumps(cast("Writable", value))


def test_what_is_too_deep_is_not_written() -> None:
    value: Json = []
    for _ in range(100_000):
        value = [value]

    with pytest.raises(BadJson):
        canonical.dumps(value)


def test_foreign_numbers_are_decimals() -> None:
    assert canonical.load_foreign(b'{"amount":0.1,"n":3,"e":1E+3}', limit=100) == {
        "amount": Decimal("0.1"),
        "n": Decimal(3),
        "e": Decimal(1000),
    }


@pytest.mark.parametrize("text", ["1e309", "1e-400", "1e99999999999999999999", "0." + "1" * 70])
def test_foreign_numbers_out_of_range_are_refused(text: str) -> None:
    with pytest.raises(BadJson):
        canonical.load_foreign(text.encode(), limit=1000)


def json_of(name: str) -> Json:
    return cast("Json", json.loads(shared.path(name).read_bytes()))


def texts_of_objects(value: Json) -> list[str]:
    """Collect every `json` member below `value`."""
    if isinstance(value, list):
        return [text for item in value for text in texts_of_objects(item)]
    if not isinstance(value, dict):
        return []
    own = [value["json"]] if isinstance(value.get("json"), str) else []
    return cast("list[str]", own) + [t for item in value.values() for t in texts_of_objects(item)]
