"""The browser's vectors of cosigned notes are what this code says, and say what they should."""

import json

import pytest

from tests.notary import cosigned

GOLDEN = json.loads(cosigned.PLACE.read_text())


def test_the_vectors_are_what_python_makes() -> None:
    assert cosigned.PLACE.read_text() == cosigned.written()


@pytest.mark.parametrize(
    ("name", "policy", "verdict"),
    [
        ("nobody", "alone", "met"),
        ("nobody", "one", "unmet"),
        ("court alone", "one", "met"),
        ("two operators", "both", "met"),
        ("one operator twice", "both", "unmet"),
        ("one key twice", "two of three", "unmet"),
        ("court and bank", "two of three", "met"),
        ("a stranger", "both", "unmet"),
        ("a wrong key", "both", "refused"),
        ("a wrong time", "both", "refused"),
        ("a cosignature of another text", "both", "refused"),
        ("a cosignature cut short", "both", "refused"),
        ("not of the log", "both", "refused"),
    ],
)
def test_each_control_fails_as_it_must(name: str, policy: str, verdict: str) -> None:
    [found] = [one for one in GOLDEN["notes"] if one["name"] == name]
    assert found["verdicts"][policy] == verdict


def test_policies_of_both_kinds_are_among_them() -> None:
    assert {one["good"] for one in GOLDEN["policies"]} == {True, False}
