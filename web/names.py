"""The words and marks of closed lists: what a state, a kind, a role is called on a page.

Values are message ids; `N_` marks them for the extraction, `web.pages` translates them.
"""

from collections.abc import Mapping

from trading.rules.stays import StayReason
from web import opening_room
from web.lights import Light
from web.search import Kind, Sort, Stage
from web.views import State, TenderStep
from web.views_house import Vital


def N_(message: str) -> str:  # noqa: N802 - the name that gettext's tools look for
    """Mark a message for the extraction; it is translated where it is shown."""
    return message


STATES: Mapping[str, str] = {
    State.OPEN: N_("Open for bids"),
    State.NEAR: N_("Closes today"),
    State.SUSPENDED: N_("Suspended"),
    State.INTERRUPTED: N_("Interrupted"),
    State.PAUSED: N_("Paused by supervision"),
    State.HALTED: N_("Halted by supervision"),
    State.STAGED: N_("Awaits the evaluation"),
    State.CLOSING: N_("Closing"),
    State.SHARES: N_("Awaiting keys"),
    State.POSTPONED: N_("Postponed"),
    State.OPENING: N_("Opening now"),
    State.CONFIRMING: N_("Being confirmed"),
    State.OPENED: N_("Opened"),
    State.CANDIDATES: N_("Candidates on display"),
    State.AWARDED: N_("Awarded"),
    State.VOID: N_("Award void"),
    State.NOT_OPENED: N_("Not opened"),
    State.CANCELLED: N_("Cancelled"),
}

GROUNDS: Mapping[str, str] = {
    "bid.unsigned": N_("not signed as required"),
    "bid.no_joint_agreement": N_("a consortium without its agreement"),
    "bid.not_qualified": N_("not qualified"),
    "bid.several_bids": N_("several bids or prices"),
    "bid.price_out_of_bounds": N_("price below cost or above the ceiling"),
    "bid.not_responsive": N_("does not meet the documents"),
    "bid.unlawful_conduct": N_("collusion, fraud or bribery"),
    "price.above_ceiling": N_("price above the ceiling"),
    "price.below_minimum": N_("price below the minimum"),
    "technical.required": N_("does not meet what the technical bid must"),
    "tender.all_rejected": N_("every bid was rejected"),
    "replay.source": N_("rejected in the published source"),
}
"""Grounds of a rejection: the law's seven (招标投标法实施条例 51), those of a price, a replay's."""

ENTRIES: Mapping[str, str] = {
    "ledger.inception": N_("The ledger began"),
    "ledger.program-published": N_("Sealing program published"),
    "network.checkpoint-seen": N_("The log was seen from above"),
    "trading.published": N_("Notice published"),
    "trading.amended": N_("Notice amended"),
    "trading.outage-recorded": N_("Outage recorded, times moved later"),
    "trading.cancelled": N_("Tender cancelled"),
    "trading.document-added": N_("Document added"),
    "trading.clarified": N_("Clarification published"),
    "trading.objection-answered": N_("Objection answered"),
    "trading.limit-opened": N_("Secret limit opened"),
    "trading.paused": N_("Paused by supervision"),
    "trading.halted": N_("Halted by supervision"),
    "trading.resumed": N_("Let go on by supervision"),
    "trading.rules-confirmed": N_("Rule set confirmed"),
    "bidding.box-closed": N_("Bids closed, list made"),
    "bidding.box-reopened": N_("Closing set aside"),
    "bidding.box-not-opened": N_("Left shut: too few bids"),
    "bidding.list-revised": N_("List revised after the evaluation"),
    "bidding.opening-postponed": N_("Opening postponed"),
    "bidding.box-finished": N_("Opening recorded and signed"),
    "bidding.candidates-published": N_("Candidates published"),
    "bidding.awarded": N_("Award made"),
    "bidding.award-voided": N_("Award declared void"),
    "bidding.shares-asked": N_("Key holders asked for their shares"),
    "bidding.release-promised": N_("A key holder promised its shares"),
    "bidding.release-received": N_("A key holder released its shares"),
    "bidding.bid-opened": N_("A bid was opened"),
    "bidding.objection-raised": N_("Objection in the opening room"),
    "bidding.objection-answered": N_("Objection in the room answered"),
    "bidding.contract-stated": N_("Contract signed, changed or ended"),
    "bidding.contract-answered": N_("The winner's word on the contract"),
    "bidding.milestone-planned": N_("Milestone of the contract planned"),
    "bidding.milestone-reported": N_("Milestone reported reached"),
    "bidding.milestone-answered": N_("Report of a milestone answered"),
    "bidding.opening-confirmed": N_("Opening confirmed"),
    "bidding.bid-rejected": N_("A bid was rejected"),
    "bidding.rejection-overturned": N_("A rejection was set aside"),
    "bidding.ranked": N_("Bids ranked"),
    "experts.draw-closed": N_("Draw of experts closed"),
    "experts.draw-planned": N_("Draw of experts planned"),
}
"""Entries of the ledger that everybody may read, by their kind without its version."""

RULE_SETS: Mapping[str, str] = {
    "construction": N_("Rules of construction tenders"),
    "demo": N_("Rules of the demonstration: no waiting times"),
    "replay": N_("Rules of the replay of past tenders"),
}
"""What a rule set is called, by the kind of trade that it is for."""

NAMES: Mapping[str, Mapping[str, str]] = {
    "state": STATES,
    # the same states, seen from the opening
    "opening": {
        **STATES,
        State.OPEN: N_("Before the deadline"),
        State.NEAR: N_("Before the deadline"),
        State.CANDIDATES: N_("Closed"),
        State.AWARDED: N_("Closed"),
        State.VOID: N_("Closed"),
        State.OPENED: N_("Closed"),
    },
    "kind": {
        Kind.WORKS: N_("Construction works"),
        Kind.PROCUREMENT: N_("Government procurement"),
        Kind.LAND: N_("Land use rights"),
        Kind.MINING: N_("Mining rights"),
        Kind.PROPERTY: N_("State and collective property"),
        Kind.MEDICINE: N_("Medicines and devices"),
    },
    "stage": {
        Stage.OPEN: N_("Open for bids"),
        Stage.OPENING: N_("Opening, evaluation"),
        Stage.RESULT: N_("Candidates on display"),
        Stage.AWARDED: N_("Awarded"),
        Stage.ENDED: N_("Ended without award"),
    },
    "sort": {
        Sort.DEADLINE: N_("earliest deadline"),
        Sort.NEWEST: N_("latest notice"),
        Sort.AMOUNT: N_("highest ceiling price"),
    },
    "step": {
        TenderStep.PUBLISHED: N_("Notice"),
        TenderStep.BIDDING: N_("Bidding"),
        TenderStep.OPENING: N_("Opening"),
        TenderStep.CANDIDATES: N_("Candidates"),
        TenderStep.AWARDED: N_("Award"),
    },
    "box": {
        "single": N_("Bid in one envelope"),
        "qualification": N_("Qualification"),
        "technical": N_("Technical bid"),
        "price": N_("Price bid"),
        "restricted": N_("Restricted part"),
    },
    "counts": {
        "sealed": N_("Sealed"),
        "incomplete": N_("Files are missing"),
        "voided": N_("Void by amendment"),
        "withdrawn": N_("Withdrawn"),
        "replaced": N_("Replaced"),
    },
    "member": {
        "title": N_("Title"),
        "deposit_fen": N_("Bid deposit"),
        "documents": N_("Tender documents"),
        "ceiling_fen": N_("Ceiling price"),
        "deadline": N_("Deadline"),
        "parts_by": N_("Files by"),
        "open_at": N_("Opening"),
        "release_by": N_("Key shares by"),
        "owner_by": N_("Bidders open their own by"),
        "max_bytes": N_("Files of a bid, at most"),
        "form": N_("What a bid answers"),
        "policy_sha256": N_("Key holders"),
    },
    "stage_of_opening": {
        opening_room.Stage.DEADLINE: N_("Deadline"),
        opening_room.Stage.SHARES: N_("Key shares"),
        opening_room.Stage.DECRYPT: N_("Decrypted"),
        opening_room.Stage.READING: N_("Reading out"),
        opening_room.Stage.CONFIRM: N_("Confirmation"),
        opening_room.Stage.END: N_("End"),
    },
    "fault": {
        "bidder": N_("the bidder"),
        "trustee": N_("a key holder"),
        "trustees": N_("the key holders"),
        "hall": N_("the hall"),
        "agency": N_("the agency"),
        "nobody": N_("nobody"),
    },
    "matter": {
        "documents": N_("the tender documents"),
        "opening": N_("the opening"),
        "candidates": N_("the candidates, the evaluation"),
        "other": N_("something else"),
    },
    "ground": GROUNDS,
    "stay": {
        StayReason.ORDER: N_("the opening is disturbed"),
        StayReason.TECHNICAL: N_("something of the hall does not work"),
        StayReason.IDENTITY: N_("somebody may not be who he says"),
        StayReason.COMPLAINT: N_("a complaint is being looked into"),
        StayReason.EVIDENCE: N_("evidence must be secured first"),
    },
    "progress": {"done": N_("Done: "), "now": N_("Now: "), "next": N_("Next: ")},
    "role": {
        "bidder": N_("Bidder"),
        "purchaser": N_("Purchaser"),
        "agency": N_("Agency"),
        "operator": N_("Trading centre"),
        "officer": N_("Trading management office"),
        "supervisor": N_("Supervisor"),
        "auditor": N_("Auditor"),
        "expert": N_("Expert"),
        "trustee": N_("Key holder"),
        "administrator": N_("Administrator"),
    },
    "line": {
        "decision": N_("decision line"),
        "execution": N_("execution line"),
        "supervision": N_("supervision line"),
        "none": N_("outside body"),
    },
    "changed": {
        "title": N_("Title"),
        "deposit_fen": N_("Bid deposit"),
        "documents": N_("Tender documents"),
        "ceiling_fen": N_("Ceiling price"),
        "deadline": N_("Deadline"),
        "open_at": N_("Opening"),
        "release_by": N_("Shares are due"),
        "owner_by": N_("Bidders may open their own bids until"),
        "max_bytes": N_("Most that a bid may weigh"),
        "form": N_("What a bid states"),
        "policy_sha256": N_("Key holders"),
    },
    "entry": ENTRIES,
    "limit": {
        "reference": N_("Reference price"),
        "ceiling": N_("Secret ceiling price"),
        "minimum": N_("Secret minimum price"),
    },
    "duty": {
        "attended": N_("a person releases its share"),
        "armed": N_("its program releases the share by itself"),
    },
    "certainty": {
        "law": N_("Law"),
        "confirmed": N_("Confirmed"),
        "unverified": N_("Unverified"),
        "demonstration": N_("Demonstration rules"),
    },
    "rule_mark": {
        "text": N_("read in the wording of the statute"),
        "2nd": N_("rule of this hall, read in a secondary source"),
        "recall": N_("rule of this hall, read nowhere yet"),
        "demo": N_("rule of the demonstration, not law"),
    },
    "rule_part": {
        "tender": N_("Tendering and bidding"),
        "etender": N_("Electronic tendering"),
        "hall": N_("Settings of the hall"),
    },
    "rule_unit": {
        "day": N_("calendar days"),
        "wday": N_("working days"),
        "year": N_("years"),
        "h": N_("h"),
        "min": N_("min"),
        "s": N_("s"),
        "ms": N_("ms"),
        "permille": N_("per cent"),
        "ratio": N_("of all"),
        "fen": N_("yuan"),
    },
    "light": {
        Light.HALL: N_("Hall"),
        Light.MIGRATIONS: N_("Migrations"),
        Light.HEARTBEAT: N_("Heartbeat"),
        Light.CLOCK: N_("Clock"),
        Light.DISK: N_("Disk"),
        Light.CERTIFICATE: N_("Certificate of the hall"),
        Light.AUTHORITY: N_("Authority"),
        Light.REVOCATION: N_("Revocation list"),
        Light.VAULT: N_("Store of sealed files"),
        Light.COSIGNER: N_("Cosigner"),
        Light.MAIL: N_("Mail"),
        Light.SMS: N_("SMS"),
        Light.OPENING: N_("Opening"),
        Light.CALENDAR: N_("Working days"),
        Light.RULES: N_("Rule sets"),
    },
    "setting": {
        "level": N_("Whose hall it is"),
        "bodies": N_("Bodies of the three lines"),
        "authorities": N_("Certificate authorities"),
        "tls": N_("Address under TLS"),
        "mail": N_("Mail server"),
        "sms": N_("SMS gateway"),
        "above": N_("The level above"),
        "days": N_("Working days"),
        "rules": N_("Rule set"),
    },
    "severity": {"red": N_("Red"), "yellow": N_("Yellow")},
    "alarm": {
        "copied": N_(
            "Bids of several bidders share a sealed part, a key or a nonce. "
            "Regulation on the Tendering and Bidding Law, art. 40"
        ),
        "overdue": N_(
            "An objection was not answered in its time; what it concerns stands still. "
            "Regulation on the Tendering and Bidding Law, art. 22, 44, 54"
        ),
        "complaint": N_(
            "A complaint waits for the word of supervision. "
            "Regulation on the Tendering and Bidding Law, art. 61"
        ),
        "held": N_("A tender is paused or halted. Rule of this hall"),
        "halt_asked": N_("A halt waits for the second person. Rule of this hall"),
        "postponed": N_(
            "Shares of the key are missing; the opening is postponed. Rule of this hall"
        ),
        "silent": N_("Fewer key holders answer than are needed. Rule of this hall"),
        "interrupted": N_("The hall stood still shortly before a deadline. Rule of this hall"),
        "suspended": N_(
            "An objection to the documents waits; nothing is closed or opened. "
            "Regulation on the Tendering and Bidding Law, art. 22"
        ),
    },
    "channel": {"mail": N_("mail"), "sms": N_("SMS")},
    "delivery": {
        "waiting": N_("waiting"),
        "sent": N_("sent"),
        "failed": N_("not delivered"),
        "spared": N_("not needed"),
    },
    "vital": {
        Vital.DATABASE: N_("Database"),
        Vital.VAULT: N_("Store of sealed files"),
        Vital.CLERK: N_("Clerk: what is due is carried out"),
        Vital.SEQUENCER: N_("Ledger: entries get their place"),
        Vital.CHECKPOINT: N_("Ledger: head signed and published"),
        Vital.TRUSTEES: N_("Key holders' programs"),
        Vital.HEART: N_("Heartbeat: heard last"),
        Vital.GAPS: N_("Gaps near a deadline that nobody has judged"),
    },
}

TAGS: Mapping[str, str] = {
    State.OPEN: "is-next",
    State.NEAR: "is-near",
    State.SUSPENDED: "is-hold",
    State.INTERRUPTED: "is-hold",
    State.PAUSED: "is-hold",
    State.HALTED: "is-hold",
    State.STAGED: "is-hold",
    State.CLOSING: "is-live",
    State.SHARES: "is-live",
    State.POSTPONED: "is-hold",
    State.OPENING: "is-now",
    State.CONFIRMING: "is-now",
    State.OPENED: "is-done",
    State.CANDIDATES: "is-live",
    State.AWARDED: "is-done",
    State.VOID: "is-bad",
    State.NOT_OPENED: "is-over",
    State.CANCELLED: "is-over",
}
