"""Stand-ins have a role from one instant to another; colleagues prepare, submit and leave."""

from datetime import timedelta

import pytest

from notary import (
    cms,
    colleagues,
    credentials,
    duty,
    enrolment,
    followers,
    identity,
    invitations,
    register,
    stand_ins,
)
from notary.colleagues import ColleagueUnknown, ColleagueWish
from notary.enrolment import TwoPersonsNeeded
from notary.identity import Actor, Line, NotTheHead, PreparesOnly, Role
from notary.invitations import Acceptance, CodeWrong, InvitationOver, PasswordShort
from notary.register import IdTaken
from notary.stand_ins import (
    StandInEmpty,
    StandInNotYours,
    StandInOfAnotherBody,
    StandInRoleNotHeld,
    StandInUnknown,
    StandInWish,
)
from notary.ways_in import Revocation
from sql.database import Database
from tests.authorities import AT
from tests.people import House, a_house, a_once, der, newcomer

KEY = bytes(range(32))
DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)
PASSWORD = "a sentence that is easy to keep"  # noqa: S105 - of a hall that lives for one test


@pytest.fixture
async def house(database: Database) -> House:
    """Give a hall with a supervising body of three, and a firm of two."""
    made = a_house(database)
    office = {"org": "OFFICE", "line": Line.SUPERVISION}
    await made.take_in(newcomer("zhao", roles=(Role.SUPERVISOR,), **office))
    made.clock.move_to(AT + TICK)
    await made.take_in(newcomer("qian", roles=(Role.AUDITOR,), **office))
    await made.take_in(newcomer("sun", roles=(Role.AUDITOR,), **office))
    firm = {"org": "FIRM", "line": Line.NONE, "roles": (Role.BIDDER,)}
    await made.take_in(newcomer("wang", **firm))
    return made


async def actor(house: House, person: str) -> Actor:
    async with house.database.transaction() as tx:
        found = await identity.actor_of(tx, person, house.clock.now)
    assert found is not None
    return found


def wish(**changed: object) -> StandInWish:
    usual: dict[str, object] = {
        "absent": "zhao",
        "person": "qian",
        "role": Role.SUPERVISOR,
        "from_": AT + DAY,
        "to": AT + 2 * DAY,
        "reason": "leave",
    }
    return StandInWish(**{**usual, **changed})  # type: ignore[arg-type] # the names are the wish's


async def grant(house: House, by: str, **changed: object) -> str:
    answer = await stand_ins.grant(
        house.database, house.hall, await actor(house, by), a_once(by), wish(**changed)
    )
    return str(answer["stand_in"])


@pytest.mark.parametrize(
    ("at", "has"),
    [
        (AT + DAY - TICK, False),
        (AT + DAY, True),
        (AT + 2 * DAY - TICK, True),
        (AT + 2 * DAY, False),
    ],
)
async def test_a_stand_in_has_the_role_from_the_first_instant_to_the_last(
    house: House, at: object, *, has: bool
) -> None:
    await grant(house, "zhao")

    house.clock.move_to(at)  # type: ignore[arg-type] # instants of the table above

    assert (Role.SUPERVISOR in (await actor(house, "qian")).roles) is has
    assert Role.SUPERVISOR in (await actor(house, "zhao")).roles
    assert (await house.kinds())[-1] == "stand-in-granted"


async def test_nobody_inherits_a_role_that_the_absent_person_has_lost(house: House) -> None:
    await grant(house, "zhao")
    house.clock.move_to(AT + DAY)
    async with house.database.transaction() as tx:
        await tx.execute(
            "UPDATE notary.role_grant SET ended_at = $1 WHERE person_id = 'zhao'", AT + DAY
        )

    assert (await actor(house, "qian")).roles == {Role.AUDITOR}


async def test_the_absent_person_and_the_head_grant_and_nobody_else(house: House) -> None:
    await grant(house, "zhao", absent="sun", role=Role.AUDITOR)  # the head, for a colleague
    await grant(house, "sun", absent="sun", role=Role.AUDITOR, from_=AT + 5 * DAY, to=AT + 6 * DAY)

    with pytest.raises(StandInNotYours):
        await grant(house, "qian")
    with pytest.raises(StandInNotYours):
        await grant(house, "wang")


async def test_a_stand_in_is_another_person_of_the_same_body_with_a_role_to_inherit(
    house: House,
) -> None:
    for person in ("zhao", "wang", "nobody"):
        with pytest.raises(StandInOfAnotherBody):
            await grant(house, "zhao", person=person)
    with pytest.raises(StandInRoleNotHeld):
        await grant(house, "zhao", role=Role.OFFICER)
    assert await house.count("notary.stand_in") == 0


async def test_a_time_that_is_empty_or_over_is_refused(house: House) -> None:
    for begin, end in ((AT + DAY, AT + DAY), (AT - DAY, house.clock.now)):
        with pytest.raises(StandInEmpty):
            await grant(house, "zhao", from_=begin, to=end)

    await grant(house, "zhao", from_=AT - DAY, to=house.clock.now + TICK)


async def test_a_stand_in_is_ended_early_and_once(house: House) -> None:
    stand_in = await grant(house, "zhao")
    house.clock.move_to(AT + DAY)
    with pytest.raises(StandInNotYours):
        await stand_ins.end(
            house.database, house.hall, await actor(house, "sun"), a_once(), stand_in
        )

    zhao = await actor(house, "zhao")
    await stand_ins.end(house.database, house.hall, zhao, a_once(), stand_in)

    assert (await actor(house, "qian")).roles == {Role.AUDITOR}
    with pytest.raises(StandInUnknown):
        await stand_ins.end(house.database, house.hall, zhao, a_once(), stand_in)
    assert (await house.kinds())[-2:] == ["stand-in-granted", "stand-in-granted"]


async def test_who_stands_in_is_alarmed_for_as_long_as_the_role_lasts(house: House) -> None:
    await grant(house, "zhao")
    house.clock.move_to(AT + DAY)

    async def alarmed() -> list[str]:
        async with house.database.transaction() as tx:
            return await followers.people_with(tx, Role.SUPERVISOR, house.clock.now)

    assert await alarmed() == ["qian", "zhao"]
    await house.take_in(newcomer("admin", org="CENTRE", roles=(Role.ADMINISTRATOR,)))
    admin = await actor(house, "admin")
    await enrolment.end_role(house.database, house.hall, admin, a_once(), "zhao", Role.SUPERVISOR)
    assert await alarmed() == []


# Colleagues of a firm


async def invite(house: House, by: str, person: str = "li", right: str = "prepare") -> str:
    asked = ColleagueWish(person=person, name="Li Na", right=right)  # type: ignore[arg-type]
    answer = await colleagues.invite(
        house.database, house.hall, await actor(house, by), a_once(by), asked
    )
    return str(answer["invitation"])


async def come_in(house: House, invitation: str, **changed: str) -> None:
    house.clock.move_to(house.clock.now + TICK)  # whoever comes later is not the head
    factor = invitations.new_factor(KEY, house.hall.entropy, invitation)
    code, _ = credentials.current_code(factor.secret, house.clock.now)
    usual = {"name": "Li Na", "password": PASSWORD, "code": code, "factor": factor.sealed}
    given = Acceptance(**{**usual, **changed})
    path = invitations.link(KEY, invitation)
    await invitations.accept(house.database, house.hall, KEY, a_once(), path, given)


async def test_a_colleague_comes_in_by_a_link_once_and_prepares(house: House) -> None:
    invitation = await invite(house, "wang")
    assert await house.count("notary.person") == 4

    await come_in(house, invitation)

    assert (await actor(house, "li")).roles == {Role.BIDDER}
    async with house.database.transaction() as tx:
        assert [one.prepares for one in await colleagues.of_body(tx, "FIRM")] == [False, True]
    assert (await house.kinds())[-2:] == ["person-enrolled", "role-granted"]
    with pytest.raises(InvitationOver):
        await come_in(house, invitation)


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"password": PASSWORD[:11]}, PasswordShort),
        ({"code": "000000"}, CodeWrong),
        ({"factor": ""}, CodeWrong),
        ({"factor": "00" * 48}, CodeWrong),
        ({"factor": invitations.new_factor(KEY, bytes, "0" * 32).sealed}, CodeWrong),
    ],
)
async def test_what_somebody_gives_has_to_be_good(
    house: House, changed: dict[str, str], refusal: type[Exception]
) -> None:
    invitation = await invite(house, "wang")

    with pytest.raises(refusal):
        await come_in(house, invitation, **changed)

    await come_in(house, invitation, password=PASSWORD[:12])


async def test_a_link_dies_at_its_last_instant(house: House) -> None:
    first, second = await invite(house, "wang"), await invite(house, "wang", "zhou")
    made = house.clock.now
    house.clock.move_to(made + invitations.GOOD_FOR - 2 * TICK)
    await come_in(house, first)
    house.clock.move_to(made + invitations.GOOD_FOR)

    with pytest.raises(InvitationOver):
        await come_in(house, second)


async def test_a_link_dies_with_whoever_made_it_leaving(house: House) -> None:
    await come_in(house, await invite(house, "wang"))
    invitation = await invite(house, "wang", "zhou")
    await house.take_in(newcomer("admin", org="CENTRE", roles=(Role.ADMINISTRATOR,)))
    admin = await actor(house, "admin")

    await colleagues.let_go(house.database, house.hall, admin, a_once("admin"), "wang")

    with pytest.raises(InvitationOver):
        await come_in(house, invitation)
    async with house.database.transaction() as tx:
        assert await invitations.open_of_body(tx, "FIRM", house.clock.now) == []


async def test_only_the_head_of_a_plain_firm_asks_somebody_in(house: House) -> None:
    await come_in(house, await invite(house, "wang"))

    with pytest.raises(NotTheHead):
        await invite(house, "li", "zhou")
    with pytest.raises(TwoPersonsNeeded):
        await invite(house, "zhao", "zhou")
    with pytest.raises(IdTaken):
        await invite(house, "wang", "li")


async def test_who_prepares_signs_nothing_for_the_firm_until_the_head_lets_them(
    house: House,
) -> None:
    await come_in(house, await invite(house, "wang"))
    pair = house.pair("FIRM")
    async with house.database.transaction() as tx:
        await register.add_certificate(
            tx, house.hall, "FIRM", "li", pair.certificate, by="li", at=house.clock.now
        )
    wang = await actor(house, "wang")

    async def sign() -> None:
        async with house.database.transaction() as tx:
            at = house.clock.now
            await duty.require_signer(tx, house.hall, pair.certificate, org="FIRM", use=None, at=at)

    with pytest.raises(PreparesOnly):
        await sign()
    await colleagues.set_right(house.database, house.hall, wang, a_once(), "li", "submit")
    await sign()
    await colleagues.set_right(house.database, house.hall, wang, a_once(), "li", "prepare")
    with pytest.raises(PreparesOnly):
        await sign()
    with pytest.raises(NotTheHead):
        await colleagues.set_right(house.database, house.hall, wang, a_once(), "wang", "prepare")


async def test_who_prepares_answers_for_the_firm_once_it_is_the_next_head(house: House) -> None:
    await come_in(house, await invite(house, "wang"))
    await come_in(house, await invite(house, "wang", "zhang"))
    await house.take_in(newcomer("admin", org="CENTRE", roles=(Role.ADMINISTRATOR,)))

    async def preparing() -> list[str]:
        async with house.database.transaction() as tx:
            found = await colleagues.of_body(tx, "FIRM")
            for one in found:
                assert await identity.prepares_only(tx, one.person) is one.prepares
            return [one.person for one in found if one.prepares]

    assert await preparing() == ["li", "zhang"]
    admin = await actor(house, "admin")
    await colleagues.let_go(house.database, house.hall, admin, a_once("admin"), "wang")
    assert await preparing() == ["zhang"]
    li = await actor(house, "li")
    await colleagues.set_right(house.database, house.hall, li, a_once("li"), "zhang", "submit")
    assert await preparing() == []


async def test_the_head_revokes_any_device_of_the_firm_and_a_colleague_his_own(
    house: House,
) -> None:
    await come_in(house, await invite(house, "wang"))
    pairs = {name: (house.pair("FIRM"), house.pair("FIRM")) for name in ("wang", "li")}
    async with house.database.transaction() as tx:
        for name, pair in ((name, one) for name, both in pairs.items() for one in both):
            await register.add_certificate(
                tx, house.hall, "FIRM", name, pair.certificate, by=name, at=house.clock.now
            )

    async def revoke(by: str, whose: str, n: int) -> None:
        sha256 = cms.cert_sha256(pairs[whose][n].certificate)
        await enrolment.revoke_certificate(
            house.database, house.hall, await actor(house, by), a_once(by), sha256, Revocation.LOST
        )

    wang = await actor(house, "wang")
    with pytest.raises(NotTheHead):
        await revoke("li", "wang", 0)
    await colleagues.set_right(house.database, house.hall, wang, a_once(), "li", "submit")
    with pytest.raises(NotTheHead):
        await revoke("li", "wang", 0)
    await revoke("li", "li", 0)
    await revoke("wang", "li", 1)
    await revoke("wang", "wang", 0)


async def test_who_leaves_loses_everything_in_one_act(house: House) -> None:
    pair = house.pair("OFFICE")
    person = newcomer(
        "zhou",
        org="OFFICE",
        line=Line.SUPERVISION,
        roles=(Role.SUPERVISOR, Role.TRUSTEE),
        certificate=der(pair),
    )
    await house.take_in(person)
    await grant(house, "zhao", absent="zhou")
    zhao = await actor(house, "zhao")
    before = len(await house.kinds())

    answer = await colleagues.let_go(house.database, house.hall, zhao, a_once(), "zhou")

    assert (answer["devices"], answer["roles"]) == (1, 2)
    assert (await house.kinds())[before:] == [
        "stand-in-granted",  # again, with its end
        "certificate-revoked",
        "role-ended",
        "role-ended",
    ]
    assert (await actor(house, "zhou")).roles == frozenset()
    async with house.database.transaction() as tx:
        assert await stand_ins.of_body(tx, "OFFICE", house.clock.now) == []
    with pytest.raises(ColleagueUnknown):
        await colleagues.let_go(house.database, house.hall, zhao, a_once(), "zhou")
    with pytest.raises(StandInOfAnotherBody):
        await grant(house, "zhao", person="zhou")


async def test_nobody_lets_the_head_or_a_stranger_go(house: House) -> None:
    for by, person in (("qian", "zhao"), ("zhao", "zhao")):
        with pytest.raises(NotTheHead):
            await colleagues.let_go(
                house.database, house.hall, await actor(house, by), a_once(), person
            )
    with pytest.raises(ColleagueUnknown):
        await colleagues.let_go(
            house.database, house.hall, await actor(house, "zhao"), a_once(), "wang"
        )
