import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from cryptography.hazmat.primitives.serialization import Encoding

from notary.canonical import Json
from notary.once import Answer, Answered, KeyReused, Once
from sql.database import Database
from tests.people import a_once, enrolment, newcomer, signed
from tests.web.served import Served, served
from web import answers, forms, pressing
from web.access import FINAL, PUBLIC, Does, Route
from web.client import Client, Refused
from web.keys import DATABASE

FIRM = "91210300MA00000001"
KEY = 32 * "k"
SUPERVISOR: dict[str, Json] = {
    "org": "OFFICE",
    "org_name": "Supervision Office",
    "line": "supervision",
    "branch": None,
    "person": "zhao-lei",
    "person_name": "Zhao Lei",
    "roles": ["supervisor"],
    "certificate": None,
}


@pytest.fixture
async def house(database: Database) -> AsyncIterator[Served]:
    async with served(database) as made:
        yield made


@pytest.fixture
async def administrator(house: Served) -> AsyncIterator[Client]:
    pair = house.pair("CENTRE")
    der = pair.certificate.public_bytes(Encoding.DER)
    await house.take_in(newcomer(certificate=der))
    async with house.client(pair) as sender:
        yield sender


# notary.once


async def test_outcome_is_there_only_with_its_act(database: Database) -> None:
    once = a_once()
    answer: Answer = {"done": True}

    async def act() -> None:
        async with database.transaction() as tx:
            await once.keep(tx, answer)
            raise KeyReused

    with pytest.raises(KeyReused):
        await act()
    async with database.transaction() as tx:
        assert await once.recall(tx) is None
        await once.keep(tx, answer)
    async with database.transaction() as tx:
        outcome = await once.recall(tx)

    assert outcome is not None
    assert (outcome.refused, outcome.body) == (None, answer)


async def test_of_two_hundred_at_once_one_is_kept(database: Database) -> None:
    once = a_once()

    async def act(number: int) -> Answer:
        async with database.transaction() as tx:
            answer: Answer = {"number": number}
            await once.keep(tx, answer)
            return answer

    tried = await asyncio.gather(*(act(n) for n in range(200)), return_exceptions=True)

    kept = [outcome for outcome in tried if not isinstance(outcome, Answered)]
    async with database.transaction() as tx:
        outcome = await once.recall(tx)
    assert outcome is not None
    assert kept == [outcome.body]


async def test_key_belongs_to_its_sender_and_its_request(database: Database) -> None:
    once = Once(actor="li-na", key=KEY, request_sha256=bytes(32))
    async with database.transaction() as tx:
        await once.keep(tx, {})

    async with database.transaction() as tx:
        other = Once(actor="qian-yi", key=KEY, request_sha256=bytes(32))
        assert await other.recall(tx) is None
        with pytest.raises(KeyReused):
            await Once(actor="li-na", key=KEY, request_sha256=32 * b"\1").recall(tx)


# Over the wire


async def test_act_sent_again_is_done_once_and_answered_alike(
    house: Served, administrator: Client
) -> None:
    first = await administrator.send("POST", "/proposals", SUPERVISOR, key=KEY)
    again = await administrator.send("POST", "/proposals", SUPERVISOR, key=KEY)

    assert first == again
    assert await house.count("notary.proposal") == 1


async def test_same_request_at_once_is_one_act(house: Served, administrator: Client) -> None:
    said = await asyncio.gather(
        *(administrator.send("POST", "/proposals", SUPERVISOR, key=KEY) for _ in range(50))
    )

    assert [answer for answer in said if answer != said[0]] == []
    assert await house.count("notary.proposal") == 1


async def test_remembered_answer_has_the_bytes_and_headers_of_the_first(house: Served) -> None:
    pair = house.pair(FIRM)
    body = signed(enrolment(FIRM, pair), pair)
    said = []
    for _ in range(2):
        async with house.browser.post(
            "/api/v1/enrolments", json=body, headers={"Idempotency-Key": KEY}
        ) as answer:
            headers = {n: v for n, v in answer.headers.items() if n != "Date"}
            said.append((answer.status, await answer.read(), headers))

    assert said[0] == said[1]
    assert said[0][0] == 201


async def test_refusal_is_remembered_too(house: Served, administrator: Client) -> None:
    unknown = f"/proposals/{32 * '0'}/approval"
    said = []
    for _ in range(2):
        with pytest.raises(Refused) as refused:
            await administrator.send("POST", unknown, key=KEY)
        said.append((refused.value.status, refused.value.problem))

    assert said[0] == said[1]
    assert said[0][0] == 404
    async with house.database.transaction() as tx:
        assert await tx.fetchval("SELECT refused FROM web.outcome") == "proposal.unknown"


async def test_what_was_refused_before_the_act_began_is_not_an_outcome(house: Served) -> None:
    pair = house.pair(FIRM)
    async with house.client() as sender:
        with pytest.raises(Refused):
            await sender.send("POST", "/enrolments", {"object": {}}, key=KEY)
        body = signed(enrolment(FIRM, pair), pair)

        assert await sender.send("POST", "/enrolments", body, key=KEY) is not None


async def test_key_of_another_request_is_refused(administrator: Client) -> None:
    await administrator.send("POST", "/proposals", SUPERVISOR, key=KEY)

    with pytest.raises(Refused) as refused:
        await administrator.send("POST", "/proposals", SUPERVISOR | {"branch": "b"}, key=KEY)

    assert (refused.value.status, refused.value.code) == (422, "request.key_reused")


@pytest.mark.parametrize("key", [None, "", "short", 65 * "k", 'quoted"' + 16 * "k", 16 * "键"])
async def test_act_without_a_good_key_is_refused(house: Served, key: str | None) -> None:
    headers = {} if key is None else {"Idempotency-Key": key}
    body: Json = {"object": {}, "p7s": "AA=="}

    async with house.browser.post("/api/v1/enrolments", json=body, headers=headers) as answer:
        problem = await answer.json(content_type=None)

    assert (answer.status, problem["type"]) == (400, "urn:hall:problem:request.key_missing")


async def test_unanswered_act_is_found_by_its_key(
    house: Served, administrator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = answers.done

    def cut_off(request: web.Request, answer: Answer) -> web.Response:
        """Lose the first answer: the act is committed, its sender hears nothing."""
        monkeypatch.setattr(answers, "done", sent)
        assert request.transport is not None
        request.transport.abort()
        return sent(request, answer)

    monkeypatch.setattr(answers, "done", cut_off)

    # The client hears nothing, and asks again under the same key by itself.
    answer = await administrator.send("POST", "/proposals", SUPERVISOR)

    async with house.database.transaction() as tx:
        kept = await tx.fetchval("SELECT proposal_id FROM notary.proposal")
    assert answer == {"proposal": kept}
    assert await house.count("web.outcome") == 1
    assert await house.count("web.nonce") == 2


# Forms of pages


async def keep_it(request: web.Request) -> web.Response:
    """Do an act that a form asks for."""
    given = await forms.fields(request, "key", "word")

    async def act(once: Once) -> Answer:
        async with request.app[DATABASE].transaction() as tx:
            await once.keep(tx, {"word": given["word"]})
        return {}

    return await pressing.press(request, given, act, f"/words/{given['word']}")


FORM = Route(
    "POST", "/words", keep_it, summary="", roles=PUBLIC, does=Does.ACT, back=FINAL, status=303
)


async def test_form_that_is_pressed_twice_acts_once_and_leads_on(database: Database) -> None:
    async with served(database, FORM) as house:
        led = []
        for word in ("one", "one", "two"):
            async with house.browser.post(
                "/words", data={"key": KEY, "word": word}, allow_redirects=False
            ) as answer:
                led.append((answer.status, answer.headers.get("Location")))
        async with house.browser.post("/words", data={"word": "one"}) as without:
            assert without.status == 400

        assert led == [(303, "/words/one"), (303, "/words/one"), (422, None)]
        assert await house.count("web.outcome") == 1
