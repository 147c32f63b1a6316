import base64
import json
from dataclasses import replace

import pytest

from bidding.sealed import index as rules
from bidding.sealed.objects import Core, Index
from bidding.types import Code, Finding, Party
from notary import age, shape
from notary.canonical import dumps, sha256_hex
from tests.bidding.golden import bid, cases, golden, manifest, part, revisions
from tests.bidding.test_policy import changed
from trading.notice import box_of
from trading.types import Field

BIDS = ["first", "second", "rival", "solo"]


def fields(core: Core) -> tuple[Field, ...]:
    terms = box_of(revisions()[-1].notice, core.lot, core.stage)
    assert terms is not None
    return terms.form


def golden_index(name: str) -> Index:
    return shape.load(Index, bid(name)["index"]["json_without_pad"].encode())


@pytest.mark.parametrize("name", BIDS)
def test_the_golden_index_is_padded_and_read(name: str) -> None:
    core = manifest(name).core

    plaintext = rules.padded(golden_index(name))

    assert sha256_hex(plaintext) == bid(name)["index"]["sha256"]
    assert len(plaintext) == rules.BLOCK
    assert rules.require_index(plaintext, core, fields(core)).files_key.hex() == bid(name)["F"]


@pytest.mark.parametrize("name", BIDS)
def test_golden_parts_open_with_s_and_f(name: str) -> None:
    core, secret = manifest(name).core, bytes.fromhex(bid(name)["S"])

    opened = rules.open_index(core, part(name, 0), secret, fields(core))

    for n in range(1, len(core.parts)):
        piece = rules.open_piece(opened, n, part(name, n))
        assert base64.b64encode(piece).decode() == bid(name)["files"][n - 1]


def test_every_index_is_judged(subtests: pytest.Subtests) -> None:
    core = manifest("second").core
    for case in cases()["index"]:
        text = json.loads(changed(case, bid("second")["index"]["json_without_pad"]))
        text["pad"] = "0" * (-len(dumps(text)) % rules.BLOCK)
        found = None
        with subtests.test(case["name"]):
            try:
                rules.require_index(dumps(text), core, fields(core))
            except Finding as finding:
                found = (finding.code, finding.fault)

            assert found == (None if case["expect"] == "ok" else (Code.INDEX, Party.BIDDER))


def test_row_21_an_index_of_another_length_is_refused() -> None:
    core, whole = manifest("second").core, rules.padded(golden_index("second"))

    longer = replace(golden_index("second"), pad="0" * (len(whole) + 3421))
    for wrong in (shape.dump(golden_index("second")), shape.dump(longer)):
        with pytest.raises(Finding, match="E-INDEX"):
            rules.require_index(wrong, core, fields(core))


def test_row_5_a_file_of_two_faces_is_refused() -> None:
    """A size that no pieces make up costs nothing to refuse, however large it claims to be."""
    index = golden_index("second")
    file = replace(index.files[0], size=2**53 - 1)

    with pytest.raises(Finding, match="E-INDEX"):
        rules.require_files([file], 1)


def test_two_paths_may_not_differ_in_case_alone() -> None:
    file = golden_index("second").files[0]
    second = replace(file, path="A.TXT", pieces=(replace(file.pieces[0], part=2),))

    rules.require_files([replace(file, path="b.txt"), second], 2)
    with pytest.raises(Finding, match="one path twice"):
        rules.require_files([replace(file, path="a.txt"), second], 2)


def test_form_values_are_of_their_type(subtests: pytest.Subtests) -> None:
    field = fields(manifest("second").core)[0]
    good = {"int": ["0", "365", "-1"], "fen": ["0", "1"], "date": ["2026-02-28"], "text": ["", "€"]}
    bad = {
        "int": ["", "01", "-0", "1.5", "+1", "１"],
        "fen": ["-1", "01", "1" * 19],
        "date": ["2026-02-30", "2026-2-28", "20260228", "2026-W09-6"],
    }
    for kind in ("int", "fen", "date", "text"):
        asked = [replace(field, name="f", type=kind)]
        with subtests.test(kind):
            for value in good[kind]:
                rules.require_form({"f": value}, asked)
            for value in bad.get(kind, []):
                with pytest.raises(Finding, match="E-INDEX"):
                    rules.require_form({"f": value}, asked)


def test_row_3_files_sealed_under_another_bids_key_do_not_open() -> None:
    core = manifest("second").core
    opened = rules.open_index(
        core, part("second", 0), bytes.fromhex(bid("second")["S"]), fields(core)
    )

    with pytest.raises(Finding) as raised:
        rules.open_piece(opened, 1, part("rival", 1))

    assert (raised.value.code, raised.value.fault) == (Code.FILE, Party.BIDDER)


def test_part_0_does_not_open_with_another_secret() -> None:
    core = manifest("second").core

    with pytest.raises(Finding) as raised:
        rules.open_index(core, part("second", 0), bytes(32), fields(core))

    assert (raised.value.code, raised.value.fault) == (Code.PAYLOAD, Party.BIDDER)


def test_identities_of_the_golden_bid_are_those_of_its_keys() -> None:
    assert age.identity_of(bytes.fromhex(bid("second")["F"])) == bid("second")["files_identity"]
    assert age.recipient_of(bytes.fromhex(bid("second")["F"])) == bid("second")["files_recipient"]
    assert golden()["seal"]["bid"] == "second"
