import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from notary import cms, credentials, duty, enrolment, identity, register, sessions, ways_in
from notary.canonical import Json
from notary.credit_code import CreditCodeWrong
from notary.enrolment import (
    NotHeld,
    OwnProposal,
    ProposalNotYours,
    ProposalUnknown,
    TwoPersonsNeeded,
)
from notary.identity import Actor, Line, LinesMixed, Role, SeatsShared
from notary.refusal import Refusal
from notary.register import CertificateTaken, IdTaken, RoleHeld
from notary.signature import CertificateUntrusted, Malformed, SignatureBad, WrongHall
from notary.ways_in import Revocation
from sql.database import Database
from tests import people
from tests.authorities import AT
from tests.people import House, a_house, a_once, enrol, newcomer

FIRM = "91210300MA00000001"
SUPERVISOR = newcomer(
    "zhao-lei",
    org="OFFICE",
    org_name="Supervision Office",
    line=Line.SUPERVISION,
    roles=(Role.SUPERVISOR, Role.TRUSTEE),
)


@pytest.fixture
def house(database: Database) -> House:
    return a_house(database)


async def actor(house: House, person: str) -> Actor:
    async with house.database.transaction() as tx:
        found = await identity.actor_of(tx, person, house.clock.now)
    assert found is not None
    return found


# Firms


async def test_firm_enrols_at_once_by_its_own_signature(house: House) -> None:
    pair = house.pair(FIRM)
    sha256 = cms.cert_sha256(pair.certificate)

    answer = await enrol(house, FIRM, pair)

    person = f"p-{sha256[:16]}"
    assert answer == {"org": FIRM, "person": person, "cert_sha256": sha256, "role": "bidder"}
    assert await actor(house, person) == Actor(
        person=person, org=FIRM, roles=frozenset({Role.BIDDER}), branch=None
    )
    assert await house.kinds() == [
        "organisation-enrolled",
        "person-enrolled",
        "certificate-enrolled",
        "role-granted",
    ]
    async with house.database.transaction() as tx:
        body = await identity.organisation(tx, FIRM)
        holder = await identity.resolve_certificate(tx, sha256)
    assert body is not None
    assert (body.name, body.line) == ("Anshan Example Construction", Line.NONE)
    assert holder is not None
    assert (holder.org, holder.person, holder.certificate) == (FIRM, person, pair.certificate)


async def test_second_certificate_of_a_firm_is_another_person(house: House) -> None:
    await enrol(house, FIRM, house.pair(FIRM))

    await enrol(house, FIRM, house.pair(FIRM, "Zhao Lei"))

    assert await house.count("notary.organisation") == 1
    assert await house.count("notary.person") == 2


async def test_two_first_certificates_at_once_make_one_firm(house: House) -> None:
    await asyncio.gather(*(enrol(house, FIRM, house.pair(FIRM)) for _ in range(20)))

    assert await house.count("notary.organisation") == 1
    assert await house.count("notary.role_grant") == 20


async def test_certificate_is_enrolled_once(house: House) -> None:
    pair = house.pair(FIRM)
    await enrol(house, FIRM, pair)

    with pytest.raises(CertificateTaken):
        await enrol(house, FIRM, pair)


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"origin": "other.example/log/00"}, WrongHall),
        ({"cert_sha256": 64 * "0"}, SignatureBad),
        ({"org": "91210300MA00000002"}, TwoPersonsNeeded),
        ({"v": "hall-enrolment/v2"}, Malformed),
        ({"more": 1}, Malformed),
    ],
)
async def test_statement_that_says_another_thing_is_refused(
    house: House, changed: dict[str, Json], refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        await enrol(house, FIRM, house.pair(FIRM), **changed)

    assert await house.kinds() == []


async def test_signature_of_other_bytes_is_refused(house: House) -> None:
    pair = house.pair(FIRM)
    statement, _ = people.signature(people.enrolment(FIRM, pair), pair)
    _, p7s = people.signature(people.enrolment("OTHER", pair), pair)

    with pytest.raises(SignatureBad):
        await enrolment.enrol_firm(house.database, house.hall, a_once(), statement, p7s)


async def test_certificate_of_a_strange_authority_is_refused(house: House) -> None:
    stranger = a_house(house.database)

    with pytest.raises(CertificateUntrusted):
        await enrol(house, FIRM, stranger.pair(FIRM))


async def test_privileged_body_does_not_grow_by_its_own_signature(house: House) -> None:
    await house.take_in(SUPERVISOR)

    with pytest.raises(TwoPersonsNeeded):
        await enrol(house, "OFFICE", house.pair("OFFICE"))


# Lines and seats


async def test_database_and_rule_agree_on_every_role_and_line(database: Database) -> None:
    async with database.transaction() as tx:
        check = await tx.fetchval(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = $1",
            "role_belongs_to_its_line",
        )
        fits = {
            (role, line): await tx.fetchval(
                f"SELECT {check.removeprefix('CHECK ')}"  # noqa: S608 - our own constraint
                " FROM (SELECT $1::text, $2::text) AS tried (role, line)",
                role,
                line,
            )
            for role in Role
            for line in Line
        }

    assert fits == {
        (role, line): identity.line_of(role) in {None, line} for role in Role for line in Line
    }


@pytest.mark.parametrize(
    ("line", "roles", "refusal"),
    [
        (Line.EXECUTION, (Role.OPERATOR, Role.PURCHASER), SeatsShared),
        (Line.EXECUTION, (Role.AGENCY, Role.OPERATOR), SeatsShared),
        (Line.EXECUTION, (Role.OFFICER,), LinesMixed),
        (Line.DECISION, (Role.SUPERVISOR,), LinesMixed),
        (Line.EXECUTION, (Role.PURCHASER, Role.BIDDER), LinesMixed),
        (Line.SUPERVISION, (Role.AUDITOR, Role.EXPERT), LinesMixed),
        (Line.EXECUTION, (Role.PURCHASER, Role.PURCHASER), RoleHeld),
    ],
)
async def test_roles_that_watch_each_other_never_share_a_body(
    house: House, line: Line, roles: tuple[Role, ...], refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        await house.take_in(newcomer(org="ORG", line=line, roles=roles))

    assert await house.kinds() == []


@pytest.mark.parametrize(
    ("line", "roles"),
    [
        (Line.EXECUTION, (Role.PURCHASER, Role.AGENCY, Role.TRUSTEE)),
        (Line.EXECUTION, (Role.OPERATOR, Role.ADMINISTRATOR, Role.TRUSTEE)),
        (Line.DECISION, (Role.OFFICER, Role.TRUSTEE)),
        (Line.SUPERVISION, (Role.SUPERVISOR, Role.AUDITOR, Role.TRUSTEE)),
        (Line.NONE, (Role.TRUSTEE,)),
    ],
)
async def test_trustee_counts_for_the_line_of_its_body(
    house: House, line: Line, roles: tuple[Role, ...]
) -> None:
    await house.take_in(newcomer(org="ORG", line=line, roles=roles))

    assert (await actor(house, "li-na")).roles == frozenset(roles)


async def test_seats_are_kept_apart_between_people_and_at_once(house: House) -> None:
    await house.take_in(newcomer())

    tried = await asyncio.gather(
        house.take_in(newcomer("qian-yi", roles=(Role.OPERATOR,))),
        house.take_in(newcomer("sun-er", roles=(Role.PURCHASER,))),
        return_exceptions=True,
    )

    assert [type(outcome) for outcome in tried if outcome is not None] == [SeatsShared]


async def test_body_keeps_its_line_and_branch(house: House) -> None:
    await house.take_in(newcomer())

    for changed in ({"line": Line.NONE, "roles": ()}, {"branch": "haicheng"}):
        with pytest.raises(IdTaken):
            await house.take_in(newcomer("qian-yi", **changed))


# Two persons


async def test_a_body_whose_code_has_a_slip_is_not_proposed(house: House) -> None:
    await house.take_in(newcomer("li-na"))
    li, slip = await actor(house, "li-na"), replace(SUPERVISOR, org=FIRM)

    with pytest.raises(CreditCodeWrong):
        await enrolment.propose(house.database, house.hall, li, a_once(), slip)


async def test_privileged_person_takes_two(house: House) -> None:
    await house.take_in(newcomer("li-na"))
    await house.take_in(newcomer("qian-yi"))
    li, qian = await actor(house, "li-na"), await actor(house, "qian-yi")
    before = await house.kinds()

    proposed = await enrolment.propose(house.database, house.hall, li, a_once(), SUPERVISOR)
    proposal = str(proposed["proposal"])
    assert await house.kinds() == before
    with pytest.raises(OwnProposal):
        await enrolment.approve(house.database, house.hall, li, a_once(), proposal)
    await enrolment.approve(house.database, house.hall, qian, a_once(), proposal)

    assert (await actor(house, "zhao-lei")).roles == {Role.SUPERVISOR, Role.TRUSTEE}
    async with house.database.transaction() as tx:
        body = await tx.fetchval(
            "SELECT convert_from(body, 'UTF8')::json FROM notary.ledger_body"
            " ORDER BY entry_id DESC LIMIT 1"
        )
    assert '"actor":"qian-yi"' in body
    assert '"proposed_by":"li-na"' in body
    with pytest.raises(ProposalUnknown):
        await enrolment.approve(house.database, house.hall, qian, a_once(), proposal)


async def test_a_proposal_is_withdrawn_by_its_own_or_an_administrator(house: House) -> None:
    await house.take_in(newcomer("li-na"))
    office = {"org": "BUREAU", "line": Line.DECISION, "roles": (Role.OFFICER,)}
    for officer in ("zhou", "wu"):
        await house.take_in(newcomer(officer, **office))
    li, zhou, wu = [await actor(house, person) for person in ("li-na", "zhou", "wu")]
    acts = (house.database, house.hall)

    for withdraws in (zhou, li):
        proposed = await enrolment.propose(*acts, zhou, a_once(), SUPERVISOR)
        proposal = str(proposed["proposal"])
        with pytest.raises(ProposalNotYours):
            await enrolment.withdraw(*acts, wu, a_once(), proposal)
        async with house.database.transaction() as tx:
            assert [one.proposal for one in await enrolment.waiting(tx)] == [proposal]
        await enrolment.withdraw(*acts, withdraws, a_once(), proposal)
        async with house.database.transaction() as tx:
            assert await enrolment.waiting(tx) == []
        for late in (enrolment.approve, enrolment.withdraw):
            with pytest.raises(ProposalUnknown):
                await late(*acts, li, a_once(), proposal)

    proposed = await enrolment.propose(*acts, zhou, a_once(), SUPERVISOR)
    await enrolment.approve(*acts, li, a_once(), str(proposed["proposal"]))
    with pytest.raises(ProposalUnknown):
        await enrolment.withdraw(*acts, zhou, a_once(), str(proposed["proposal"]))
    assert (await actor(house, "zhao-lei")).roles == {Role.SUPERVISOR, Role.TRUSTEE}


async def test_an_approval_while_the_last_role_ends_leaves_no_way_in_from_before(
    house: House,
) -> None:
    """Which comes first is open: the password stays just where a role was held all the time."""
    for person in ("li-na", "qian-yi"):
        await house.take_in(newcomer(person))
    await house.take_in(replace(SUPERVISOR, roles=(Role.TRUSTEE,)))
    li, qian = await actor(house, "li-na"), await actor(house, "qian-yi")
    acts = (house.database, house.hall)
    async with house.database.transaction() as tx:
        await credentials.set_password(tx, house.hall.entropy, b"k" * 32, "zhao-lei", "p", b"s")
    again = replace(SUPERVISOR, roles=(Role.SUPERVISOR,))
    proposed = await enrolment.propose(*acts, li, a_once(), again)
    async with house.database.transaction() as tx:
        await register.hold(tx, "zhao-lei")
        approving = asyncio.create_task(
            enrolment.approve(*acts, qian, a_once(), str(proposed["proposal"]))
        )
        await asyncio.sleep(0.3)
        ending = asyncio.create_task(
            enrolment.end_role(*acts, li, a_once(), "zhao-lei", Role.TRUSTEE)
        )
        await asyncio.sleep(0.3)
    async with asyncio.timeout(30):
        await asyncio.gather(approving, ending)

    kinds = await house.kinds()
    async with house.database.transaction() as tx:
        kept = await credentials.is_set(tx, "zhao-lei")
    assert kept is (kinds.index("role-ended") == len(kinds) - 1)


async def test_a_session_that_begins_while_its_password_is_taken_away_ends(house: House) -> None:
    await house.take_in(newcomer("li-na"))
    await house.take_in(SUPERVISOR)
    li = await actor(house, "li-na")

    async def take_away() -> None:
        async with house.database.transaction() as tx:
            await ways_in.end(tx, house.hall, li, "OFFICE", "zhao-lei", house.clock.now)

    async with house.database.transaction() as tx:
        await credentials.set_password(tx, house.hall.entropy, b"k" * 32, "zhao-lei", "p", b"s")
    async with house.database.transaction() as tx:
        await credentials.hold(tx, "zhao-lei")
        taking = asyncio.create_task(take_away())
        await asyncio.sleep(0.3)
        token = await sessions.begin(tx, house.hall, "zhao-lei")
    async with asyncio.timeout(30):
        await taking

    async with house.database.transaction() as tx:
        assert await sessions.person_of(tx, house.hall, token) is None


async def test_role_ends_at_once_and_can_be_granted_again(house: House) -> None:
    await house.take_in(newcomer())
    await house.take_in(newcomer("qian-yi"))
    li = await actor(house, "li-na")

    await enrolment.end_role(
        house.database, house.hall, li, a_once(), "qian-yi", Role.ADMINISTRATOR
    )

    assert (await actor(house, "qian-yi")).roles == frozenset()
    assert (await house.kinds())[-1] == "role-ended"
    with pytest.raises(NotHeld):
        await enrolment.end_role(
            house.database, house.hall, li, a_once(), "qian-yi", Role.ADMINISTRATOR
        )


async def test_certificate_is_revoked_by_its_own_body_or_an_administrator(house: House) -> None:
    pair, other = house.pair(FIRM), house.pair("91210300MA00000002")
    sha256 = cms.cert_sha256(pair.certificate)
    mine = str((await enrol(house, FIRM, pair))["person"])
    theirs = str((await enrol(house, "91210300MA00000002", other))["person"])

    with pytest.raises(NotHeld):
        await enrolment.revoke_certificate(
            house.database,
            house.hall,
            await actor(house, theirs),
            a_once(),
            sha256,
            Revocation.LOST,
        )
    await enrolment.revoke_certificate(
        house.database, house.hall, await actor(house, mine), a_once(), sha256, Revocation.LOST
    )

    async with house.database.transaction() as tx:
        assert await duty.who_signs(tx, sha256, AT - timedelta(microseconds=1)) is not None
        assert await duty.who_signs(tx, sha256, AT) is None
