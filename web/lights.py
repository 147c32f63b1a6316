"""The lights of readiness 晨检: what a day of openings needs, each good or red, and in words how.

For the operator's page, the notices of the morning and of T−30 min, and `hall doctor`: the same.

Source: people.md 7; the limit of the clock: rules.md 8.
"""

import asyncio
import shutil
import smtplib
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from cryptography import x509
from yarl import URL

from bidding import outages, vigil
from bidding.vigil import Vigil
from notary import heartbeat
from notary.canonical import sha256_hex
from notary.clock import MachineClock
from notary.hall import Hall
from notary.messages import Channel
from notary.vault import Vault
from sql.database import Database
from sql.migrate import pending
from trading import calendar, lawbook
from trading.rules import sets
from trading.rules.confirming import UnconfirmedRuleSet
from trading.rules.sets import UnsoundRuleSet
from web import beijing
from web.letterhead import Lang, Text

CLOCK_SKEW = timedelta(milliseconds=100)
"""`hall.clock_skew_ms` (`rules.md` 8)."""

LEAST_FREE_BYTES = 2 * 1024**3
"""Less is a red light: one large tender has a gigabyte of sealed files."""

EXPIRES_SOON = timedelta(days=30)

COUNTED_AHEAD = timedelta(days=60)
"""A notice of twenty days, its publicity and thirty days for the contract end within it."""

_PROBE = b"a file that hall doctor writes and takes away again\n"
_PATIENCE_S = 5.0


class Light(StrEnum):
    """What is looked at; `web.names` has the words."""

    HALL = "hall"
    MIGRATIONS = "migrations"
    HEARTBEAT = "heartbeat"
    CLOCK = "clock"
    DISK = "disk"
    CERTIFICATE = "certificate"
    AUTHORITY = "authority"
    REVOCATION = "revocation"
    VAULT = "vault"
    COSIGNER = "cosigner"
    MAIL = "mail"
    SMS = "sms"
    OPENING = "opening"
    CALENDAR = "calendar"
    RULES = "rules"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One light: what was looked at, whether it is good, and in words how it is."""

    what: Light
    good: bool
    says: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What is looked at: a hall that is open, the home it is in, its gateways, and a clock.

    `clock`: this machine's own, which is compared with the database's. `origin`: of the pages.
    """

    home: Path
    database: Database
    hall: Hall
    vault: Vault
    origin: str
    ways: Mapping[Channel, URL]
    clock: MachineClock


async def look(ground: Ground) -> list[Finding]:
    """Look at everything. Raises what a database that is away raises."""
    at = ground.clock()
    return [
        Finding(
            what=Light.HALL,
            good=True,
            says=Text(f"{ground.hall.origin} 已打开", f"{ground.hall.origin} opens"),
        ),
        await _migrations(ground),
        await _clocks(ground),
        await _heart(ground),
        _disk(ground.home),
        _certificate(ground, at),
        *_authorities(ground, at),
        await _vault(ground.vault, ground.origin),
        _cosigner(),
        await _mail(ground.ways.get(Channel.MAIL)),
        _sms(ground.ways.get(Channel.SMS)),
        *await _openings(ground),
        _calendar(ground, at),
        *await _rules(ground),
    ]


def shut(error: BaseException) -> list[Finding]:
    """Return the one finding of a hall that does not open."""
    says = Text(f"打不开：{error}", f"does not open: {error}")
    return [Finding(what=Light.HALL, good=False, says=says)]


async def _migrations(ground: Ground) -> Finding:
    async with ground.database.transaction() as tx:
        missing = _listed(await pending(tx))
    says = Text("是最新的", "up to date")
    if missing.en:
        says = Text(
            f"缺少 {missing.zh}，hall serve 会补上", f"lacks {missing.en}: hall serve applies them"
        )
    return Finding(what=Light.MIGRATIONS, good=not missing.en, says=says)


async def _clocks(ground: Ground) -> Finding:
    async with ground.database.transaction() as tx:
        before = ground.clock()
        at = await ground.hall.clock(tx)
        after = ground.clock()
    off = max(before - at, at - after, timedelta(0))
    ms = f"{off / timedelta(milliseconds=1):.0f}"
    says = Text(f"数据库和本机相差 {ms} 毫秒", f"the database and this machine are {ms} ms apart")
    return Finding(what=Light.CLOCK, good=off <= CLOCK_SKEW, says=says)


async def _heart(ground: Ground) -> Finding:
    """Say when the hall was heard last; red where a gap near a deadline is not judged."""
    async with ground.database.transaction() as tx:
        now = await ground.hall.clock(tx)
        beats, gaps = await heartbeat.last_beats(tx), await outages.unjudged(tx, now)
    if not beats:
        return Finding(
            what=Light.HEARTBEAT, good=True, says=Text("还没有心跳", "has not beaten yet")
        )
    ago = f"{max(now - min(beats.values()), timedelta()) / timedelta(seconds=1):.0f}"
    zh, en = f"{ago} 秒前还有心跳", f"heard {ago} s ago"
    if gaps:
        zh += f"；{len(gaps)} 个投标箱的中断尚未处理"
        en += f"; the gap of {len(gaps)} boxes waits for a word"
    return Finding(what=Light.HEARTBEAT, good=not gaps, says=Text(zh, en))


def _disk(home: Path) -> Finding:
    free = shutil.disk_usage(home).free
    gib = f"{free / 1024**3:.1f} GiB"
    says = Text(f"{home} 剩余 {gib}", f"{gib} free below {home}")
    return Finding(what=Light.DISK, good=free >= LEAST_FREE_BYTES, says=says)


def _certificate(ground: Ground, at: datetime) -> Finding:
    until = ground.hall.certificate.not_valid_after_utc
    day = f"{until:%Y-%m-%d}"
    says = Text(f"大厅自己的证书有效期至 {day}", f"the hall's own is good until {day}")
    return Finding(what=Light.CERTIFICATE, good=until - at > EXPIRES_SOON, says=says)


def _authorities(ground: Ground, at: datetime) -> list[Finding]:
    """Judge the roots by their end, and their lists by the day that each sets for the next one."""
    roots = [_root(root, at) for root in ground.hall.authorities.roots]
    lists = [_list(crl, at) for crl in ground.hall.authorities.crls]
    if not lists:
        says = Text(
            "没有设置吊销列表：不检查吊销",
            "no revocation list is configured: revocation is not checked",
        )
        lists = [Finding(what=Light.REVOCATION, good=ground.hall.demo, says=says)]
    return roots + lists


def _root(root: x509.Certificate, at: datetime) -> Finding:
    until = root.not_valid_after_utc
    name, day = root.subject.rfc4514_string(), f"{until:%Y-%m-%d}"
    says = Text(f"{name} 有效期至 {day}", f"{name} is good until {day}")
    return Finding(what=Light.AUTHORITY, good=until - at > EXPIRES_SOON, says=says)


def _list(crl: x509.CertificateRevocationList, at: datetime) -> Finding:
    name, age, until = (
        crl.issuer.rfc4514_string(),
        (at - crl.last_update_utc).days,
        crl.next_update_utc,
    )
    says = Text(f"{name} 的吊销列表是 {age} 天前的", f"the list of {name} is {age} days old")
    return Finding(what=Light.REVOCATION, good=until is None or at < until, says=says)


async def _vault(vault: Vault, origin: str) -> Finding:
    async def probe() -> AsyncIterator[bytes]:
        yield _PROBE

    digest = sha256_hex(_PROBE)
    try:
        await vault.put(digest, probe(), limit=len(_PROBE))
        await vault.delete(digest)
    except OSError as error:
        says = Text(f"不能写入：{error}", f"cannot be written: {error}")
        return Finding(what=Light.VAULT, good=False, says=says)
    if not await vault.admits(origin):
        says = Text(
            f"浏览器传不上来：给存储桶加一条允许 {origin} 的 CORS 规则（PUT，全部请求头）",
            f"browsers cannot send to it: its bucket needs a CORS rule for {origin} (PUT)",
        )
        return Finding(what=Light.VAULT, good=False, says=says)
    says = Text(
        "收得下文件也还得出；管理它的人可以删除文件",
        "takes files and gives them back; whoever runs it can delete files",
    )
    if await vault.keeps():
        says = Text(
            "收得下文件也还得出；名单上的投标谁也删不掉",
            "takes files and gives them back; nobody can delete a listed bid",
        )
    return Finding(what=Light.VAULT, good=True, says=says)


def _cosigner() -> Finding:
    says = Text("没有设置共签单位，记录卡会写明", "none is set up; every record card says so")
    return Finding(what=Light.COSIGNER, good=True, says=says)


async def _mail(url: URL | None) -> Finding:
    if url is None:
        return _no_way(Light.MAIL, "HALL_SMTP")
    if url.scheme == "file":
        return Finding(what=Light.MAIL, good=True, says=_to_file(url))
    host = f"{url.host}:{url.port or ''}".rstrip(":")
    try:
        await asyncio.to_thread(_knock, url)
    except (OSError, smtplib.SMTPException) as error:
        kind = type(error).__name__
        says = Text(f"{host} 没有应答：{kind}", f"{host} does not answer: {kind}")
        return Finding(what=Light.MAIL, good=False, says=says)
    return Finding(what=Light.MAIL, good=True, says=Text(f"{host} 有应答", f"{host} answers"))


def _knock(url: URL) -> None:
    """Ask a mail server whether it is there; blocking."""
    host = str(url.host)
    kind = smtplib.SMTP_SSL if url.scheme == "smtps" else smtplib.SMTP
    with kind(host, url.port or (465 if url.scheme == "smtps" else 25), timeout=_PATIENCE_S) as one:
        one.noop()


def _sms(url: URL | None) -> Finding:
    """Say where SMS go; a gateway that takes money for each is not knocked at."""
    if url is None:
        return _no_way(Light.SMS, "HALL_SMS")
    if url.scheme == "file":
        return Finding(what=Light.SMS, good=True, says=_to_file(url))
    says = Text(f"设置为 {url.host}", f"is set up as {url.host}")
    return Finding(what=Light.SMS, good=True, says=says)


def _no_way(what: Light, setting: str) -> Finding:
    says = Text(f"没有设置（{setting} 或 /setup）", f"is not set up ({setting}, or /setup)")
    return Finding(what=what, good=False, says=says)


def _to_file(url: URL) -> Text:
    return Text(f"写入文件 {url.path}", f"is written to {url.path}")


async def _openings(ground: Ground) -> list[Finding]:
    """Say of each box that opens within a day, or waits, how many of its holders are there."""
    async with ground.database.transaction() as tx:
        found = await vigil.vigils(tx, await ground.hall.clock(tx))
    return [_opening(one) for one in found]


def _opening(one: Vigil) -> Finding:
    box = one.box
    silent = _listed({each.org for each in one.watchers if not each.is_alive})
    head = f"{box.key.tender}/{box.key.lot}"
    groups = len({each.group for each in one.watchers})
    zh = (
        f"{head} {beijing.moment(box.open_at, Lang.ZH)} 北京时间："
        f"{groups} 个钥匙单位中 {one.alive} 个有应答，需要 {one.k} 个"
    )
    en = (
        f"{head}, {beijing.moment(box.open_at, Lang.EN)} Beijing time: "
        f"{one.alive} of {groups} key holders are heard, {one.k} are needed"
    )
    if silent.en:
        zh, en = f"{zh}；没有应答：{silent.zh}", f"{en}; not heard: {silent.en}"
    undrilled = _listed({each.org for each in one.watchers if not each.is_drilled})
    if undrilled.en:
        zh, en = f"{zh}；该演练：{undrilled.zh}", f"{en}; a drill is due: {undrilled.en}"
    return Finding(what=Light.OPENING, good=one.alive >= one.k, says=Text(zh, en))


def _listed(ids: Iterable[str]) -> Text:
    """Write ids one after another, as each language parts them."""
    known = sorted(ids)
    return Text("、".join(known), ", ".join(known))


def _calendar(ground: Ground, at: datetime) -> Finding:
    """Say how far days of rest are known; beyond it no period of the law can be counted."""
    until = calendar.known_until()
    known = ground.hall.demo or until - calendar.local_date(at) >= COUNTED_AHEAD
    says = Text(f"放假安排到 {until}", f"days of rest are known until {until}")
    return Finding(what=Light.CALENDAR, good=known, says=says)


async def _rules(ground: Ground) -> list[Finding]:
    """Judge the rule sets of the hall's own: sound, and confirmed by two officers."""
    found: list[Finding] = []
    async with ground.database.transaction() as tx:
        for name in sets.names(ground.hall.rules):
            try:
                await lawbook.require_usable(
                    tx, ground.hall, await lawbook.named(tx, ground.hall, name)
                )
            except UnsoundRuleSet as refusal:
                why = refusal.facts["why"]
                says = Text(f"{name} 不能用：{why}", f"{name} cannot be used: {why}")
                found.append(Finding(what=Light.RULES, good=False, says=says))
            except UnconfirmedRuleSet:
                says = Text(f"{name} 还没有确认", f"{name} is not confirmed yet")
                found.append(Finding(what=Light.RULES, good=True, says=says))
    return found or [Finding(what=Light.RULES, good=True, says=Text("都能用", "all can be used"))]
