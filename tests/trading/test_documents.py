import hashlib
from datetime import timedelta

import pytest

from notary import canonical
from tests.trading.house import (
    PAPER,
    House,
    a_draft,
    chunks,
    draft_as,
    publish_as,
    text_of,
)
from trading import service
from trading.rules import approval

MICROSECOND = timedelta(microseconds=1)


async def test_documents_are_in_the_vault_before_the_notice(house: House) -> None:
    other = hashlib.sha256(b"another").hexdigest()
    missing: canonical.Json = {"path": "图纸.zip", "sha256": other, "size": 7}
    await draft_as(house, a_draft(house, documents=[missing]))

    with pytest.raises(approval.DocumentsMissing) as refused:
        await publish_as(house, await text_of(house))

    assert refused.value.facts == {"path": "图纸.zip", "sha256": other}
    await service.put_document(house.vault, other, chunks(b"another"))
    await publish_as(house, await text_of(house))


async def test_a_document_of_another_size_is_refused(house: House) -> None:
    wrong: canonical.Json = {"path": "招标文件.pdf", "sha256": house.paper, "size": len(PAPER) + 1}
    await draft_as(house, a_draft(house, documents=[wrong]))

    with pytest.raises(approval.DocumentsMissing):
        await publish_as(house, await text_of(house))


async def test_bytes_are_what_their_digest_says(house: House) -> None:
    with pytest.raises(approval.DocumentNotAsNamed):
        await service.put_document(house.vault, "0" * 64, chunks(b"another"))


async def test_a_document_is_public_with_its_notice(house: House) -> None:
    firm = house.people["firm-a"].actor
    await draft_as(house, a_draft(house))

    for actor in (None, firm):
        with pytest.raises(approval.DocumentUnknown):
            await service.document(house.database, house.vault, actor, house.paper)
    approver = house.people["approver"].actor
    offered, _ = await service.document(house.database, house.vault, approver, house.paper)
    assert offered.path == "招标文件.pdf"

    await publish_as(house, await text_of(house))

    offered, content = await service.document(house.database, house.vault, None, house.paper)
    assert (offered.path, offered.size) == ("招标文件.pdf", len(PAPER))
    assert b"".join([chunk async for chunk in content]) == PAPER
