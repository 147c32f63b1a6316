"""`hall replay`: what is refused, what is compared, and that a recount says the same."""

import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from notary import canonical
from notary.canonical import Json
from tests import shared
from tests.web.halls import a_home, hall
from web.replay.compare import Likeness, Outcome, likeness, summary
from web.replay.lines import Bid, Code, RefusedLine, Release, read_lines

REPLAY_S = 400
WHOLE_S = 2 * 3600
RECORD_BYTES = 1_000_000
"""One road of one tender, without files (`people.md` 8)."""

# What the description of each file says by name.
NAMED: dict[tuple[str, str], set[int]] = {
    ("tsuchiura", "tied"): {222, 1600, 2002},
    ("tsuchiura", "differ"): {273, 423, 577, 848, 1850},
}


def a_bid(tenderer: str = "T-1", amount: float = 100, **changed: object) -> dict[str, Any]:
    bid = {
        "id": tenderer,
        "status": "valid",
        "value": {"amount": amount, "currency": "JPY"},
        "tenderers": [{"id": tenderer, "name": f"firm {tenderer}"}],
    }
    return {**bid, **changed}


def a_release(
    ocid: str, *bids: dict[str, Any], won: str = "T-1", **changed: object
) -> dict[str, Any]:
    release = {
        "ocid": ocid,
        "tender": {
            "id": ocid,
            "title": f"works {ocid}",
            "value": {"amount": 1000, "currency": "JPY"},
        },
        "bids": {"details": list(bids)},
        "awards": [{"id": "A", "status": "active", "suppliers": [{"id": won, "name": won}]}],
    }
    return {**release, **changed}


def read(*releases: dict[str, Any] | str) -> list[Release | RefusedLine]:
    texts = [one if isinstance(one, str) else json.dumps(one) for one in releases]
    return list(read_lines(text.encode() for text in texts))


def recount(lines: list[bytes]) -> dict[str, Any]:
    """Say what a replay of these lines must give, straight from the rule of the source's data."""
    result: dict[str, Any] = {"equal": [], "tied": [], "differ": [], "refused": []}
    for line in lines:
        release = json.loads(line, parse_float=Decimal)
        ocid, bids = release["ocid"], release["bids"]["details"]
        if len({bid["value"]["currency"] for bid in bids}) > 1:
            result["refused"].append({"ocid": ocid, "code": "replay.mixed_currency"})
        elif any(not one["name"].strip() for bid in bids for one in bid["tenderers"]):
            result["refused"].append({"ocid": ocid, "code": "replay.blank_name"})
        elif len(bids) < 2:
            result["refused"].append({"ocid": ocid, "code": "tender.min_bidders"})
        else:
            most = release["tender"].get("value", {"amount": Decimal("Infinity")})["amount"]
            good = [
                b for b in bids if b["status"] != "disqualified" and b["value"]["amount"] <= most
            ]
            least = min((b["value"]["amount"] for b in good), default=None)
            lowest = [b["tenderers"][0]["id"] for b in good if b["value"]["amount"] == least]
            winners = {s["id"] for award in release["awards"] for s in award["suppliers"]}
            if not winners & set(lowest):
                result["differ"].append(ocid)
            else:
                result["equal" if len(lowest) == 1 else "tied"].append(ocid)
    return result


def fixed_lines(path: Path, tied: int, differ: int, refused: int) -> list[bytes]:
    """Return the first lines of a file whose awards are tied, differ, and that are refused."""
    lines = {json.loads(line)["ocid"]: line for line in path.read_bytes().splitlines()}
    counted = recount(list(lines.values()))
    names = [*counted["tied"][:tied], *counted["differ"][:differ]]
    names += [one["ocid"] for one in counted["refused"][:refused]]
    return [lines[name] for name in names]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ("{", Code.BAD_LINE),
        ("[]", Code.BAD_LINE),
        (a_release("no good number"), Code.BAD_LINE),
        (a_release("O-2", tender=[]), Code.BAD_LINE),
        (a_release("O-2", a_bid(value={"currency": "JPY"})), Code.BAD_BID),
        (a_release("O-2", a_bid(amount=1.005)), Code.BAD_BID),
        (a_release("O-2", a_bid(amount=-1)), Code.BAD_BID),
        (a_release("O-2", a_bid(tenderers=[])), Code.BAD_BID),
        (
            a_release(
                "O-2",
                a_bid(),
                a_bid("T-2", status="disqualified", value={"amount": 1, "currency": "USD"}),
            ),
            Code.MIXED_CURRENCY,
        ),
        (a_release("O-2", a_bid(tenderers=[{"id": "T-1", "name": " "}])), Code.BLANK_NAME),
    ],
)
def test_a_line_is_refused_by_the_first_rule_it_breaks(
    changed: dict[str, Any] | str, code: Code
) -> None:
    first, second = read(a_release("O-1", a_bid()), changed)

    assert isinstance(first, Release)
    assert isinstance(second, RefusedLine)
    assert second.code is code


def test_a_repeated_line_is_refused_before_it_is_looked_at() -> None:
    broken = a_release("O-1", a_bid(value={}))

    assert read(a_release("O-1", a_bid()), broken)[1] == RefusedLine(ocid="O-1", code=Code.REPEATED)


def test_amounts_are_whole_minor_units_in_any_spelling() -> None:
    (release,) = read(a_release("O-1", a_bid(amount=14600000.0), a_bid("T-2", amount=0.29)))

    assert isinstance(release, Release)
    assert [bid.price_fen for bid in release.bids] == [1_460_000_000, 29]


@pytest.mark.parametrize(
    ("lowest", "found"),
    [
        ([0], Likeness.EQUAL),
        ([0, 1], Likeness.TIED),
        ([1], Likeness.DIFFERS),
        ([1, 2], Likeness.DIFFERS),
    ],
)
def test_the_lowest_accepted_bid_is_compared_with_the_suppliers(
    lowest: list[int], found: Likeness
) -> None:
    bids = [Bid(tenderers=frozenset({name}), price_fen=1, disqualified=False) for name in "abc"]
    release = Release(
        ocid="O-1",
        title="works",
        currency="JPY",
        ceiling_fen=None,
        bids=tuple(bids),
        suppliers=frozenset({"a"}),
    )

    assert likeness(release, lowest) is found


def test_the_counts_of_a_summary_add_up() -> None:
    every = [
        Outcome(ocid="1", bids=3, opened=3, likeness=Likeness.EQUAL),
        Outcome(ocid="2", bids=2, opened=2, likeness=Likeness.TIED),
        Outcome(ocid="3", bids=2, opened=2, likeness=Likeness.DIFFERS),
        Outcome(ocid="4", bids=1, code="tender.min_bidders"),
    ]

    assert summary(every) == {
        "tenders": 4,
        "bids": 8,
        "opened": 7,
        "awards_equal": 1,
        "awards_tied": 1,
        "awards_differ": ["3"],
        "refused": [{"ocid": "4", "code": "tender.min_bidders"}],
    }


@pytest.mark.parametrize(
    ("name", "equal", "tied", "differ", "refused"),
    [
        ("tsuchiura", 721, 3, 5, {"tender.min_bidders": 42}),
        ("worldbank", 343, 24, 123, {"replay.mixed_currency": 322}),
    ],
)
def test_the_recount_of_a_file_is_that_of_its_description(
    name: str, equal: int, tied: int, differ: int, refused: dict[str, int]
) -> None:
    counted = recount(shared.path(f"data/{name}_ocds.jsonl").read_bytes().splitlines())

    assert [len(counted[which]) for which in ("equal", "tied", "differ")] == [equal, tied, differ]
    assert Counter(one["code"] for one in counted["refused"]) == refused
    for (file, which), numbers in NAMED.items():
        if file == name:
            assert set(counted[which]) == {f"ocds-tsuchi-{number}" for number in numbers}


def require_recounted(result: Json, counted: dict[str, Any]) -> None:
    """Compare what a replay says with a recount, other refusals than the recount's left out."""
    assert isinstance(result, dict)
    assert result["awards_equal"] == len(counted["equal"])
    assert result["awards_tied"] == len(counted["tied"])
    assert result["awards_differ"] == counted["differ"]
    assert result["refused"] == counted["refused"]


def require_small_record(home: Path, lines: list[bytes], folder: Path) -> None:
    """Export the tender with most bids alone, verify it, and weigh it."""
    most = max(map(json.loads, lines), key=lambda release: len(release["bids"]["details"]))
    record = folder / "record"
    exported = hall(home, "export", str(record), "--tender", most["ocid"])
    verified = hall(folder, "verify", str(record))

    assert exported.returncode == 0, exported.stderr
    assert verified.returncode == 0, verified.stdout
    assert sum(path.stat().st_size for path in record.rglob("*")) < RECORD_BYTES


def test_replayed_lines_give_what_their_recount_gives(tmp_path: Path) -> None:
    made = [
        a_release("O-equal", a_bid("T-1", 100), a_bid("T-2", 110), a_bid("T-3", 120)),
        a_release("O-tied", a_bid("T-1", 100), a_bid("T-2", 100)),
        a_release("O-differs", a_bid("T-1", 100), a_bid("T-2", 90)),
        a_release(
            "O-rejected",
            a_bid("T-1", 100),
            a_bid("T-2", 90, status="disqualified"),
            a_bid("T-3", 2000),
        ),
        a_release("O-one", a_bid()),
        a_release("O-blank", a_bid(tenderers=[{"id": "T-1", "name": ""}])),
    ]
    tsuchiura = fixed_lines(shared.path("data/tsuchiura_ocds.jsonl"), 3, 5, 0)
    worldbank = fixed_lines(shared.path("data/worldbank_ocds.jsonl"), 4, 4, 8)
    lines = [*(json.dumps(one).encode() for one in made), *tsuchiura, *worldbank]
    broken = [a_release("O-equal", a_bid()), a_release("O-bid", a_bid(amount=0.001))]
    file = tmp_path / "releases.jsonl"
    file.write_bytes(b"\n".join([*lines, *(json.dumps(one).encode() for one in broken), b"{"]))

    with a_home() as home:
        done = hall(home, "replay", str(file), "--json", "-", seconds=REPLAY_S)
        require_small_record(home, tsuchiura, tmp_path)

    assert done.returncode == 0, done.stderr
    counted = recount(lines)
    counted["refused"] += [
        {"ocid": "O-equal", "code": "replay.repeated"},
        {"ocid": "O-bid", "code": "replay.bad_bid"},
        {"ocid": f"line {len(lines) + 3}", "code": "replay.bad_line"},
    ]
    require_recounted(canonical.loads(done.stdout.encode()), counted)
    assert [len(counted[which]) for which in ("equal", "tied", "differ")] == [2, 8, 10]


@pytest.mark.nightly
@pytest.mark.parametrize("name", ["tsuchiura", "worldbank"])
def test_a_whole_file_replayed_gives_what_its_recount_gives(name: str, tmp_path: Path) -> None:
    lines = shared.path(f"data/{name}_ocds.jsonl").read_bytes().splitlines()
    counted = recount(lines)
    refused = {one["ocid"] for one in counted["refused"]}

    with a_home() as home:
        file = shared.path(f"data/{name}_ocds.jsonl")
        done = hall(home, "replay", str(file), "--json", "-", seconds=WHOLE_S)
        opened = [line for line in lines if json.loads(line)["ocid"] not in refused]
        require_small_record(home, opened, tmp_path)

    assert done.returncode == 0, done.stderr
    require_recounted(canonical.loads(done.stdout.encode()), counted)
