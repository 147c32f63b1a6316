"""The words of supervision and administration: alarms, running matters, dictionaries.

As `web.names`, of which these are a part: values are message ids.
"""

from collections.abc import Mapping

from oversight.supervision.types import Finding, Rule, Severity, State, Timeliness
from web.matters import Doing
from web.noting import N_

INSIDE: Mapping[str, str] = {
    "bidding.owner-released": N_("A bidder gave the key of its own bid"),
    "bidding.rehearsed": N_("Drill of a key holder"),
    "bidding.trustee-key": N_("Key of a key holder made"),
    "bidding.trustee-ready": N_("Key holder ready"),
    "ledger.disclosed": N_("Entries disclosed"),
    "notary.certificate-enrolled": N_("Certificate enrolled"),
    "notary.certificate-revoked": N_("Certificate revoked"),
    "notary.duty-stated": N_("Key holder's program certified"),
    "notary.organisation-enrolled": N_("Body enrolled"),
    "notary.person-enrolled": N_("Person enrolled"),
    "notary.role-ended": N_("Role ended"),
    "notary.role-granted": N_("Role granted"),
    "notary.stand-in-granted": N_("Stand-in named"),
    "supervision.alarm-answered": N_("Question about an alarm answered"),
    "supervision.alarm-assigned": N_("Alarm claimed or handed over"),
    "supervision.alarm-closed": N_("Alarm closed"),
    "supervision.alarm-inquired": N_("Question asked about an alarm"),
    "trading.complaint-considered": N_("Complaint accepted or not"),
    "trading.complaint-decided": N_("Complaint decided"),
    "trading.complaint-made": N_("Complaint made"),
    "trading.draft-handed-back": N_("Draft handed back to the agency"),
    "trading.draft-handed-over": N_("Draft handed to the purchaser"),
    "trading.drafted": N_("Draft saved"),
}
"""Entries that only the audit names, by their kind without its version."""

WATCH: Mapping[str, Mapping[str, str]] = {
    "severity": {Severity.RED: N_("Red"), Severity.YELLOW: N_("Yellow")},
    "alarm": {
        Rule.COPIED: N_("Bids of several bidders share a sealed part, a key or a nonce"),
        Rule.OVERDUE: N_("An objection was not answered in its time"),
        Rule.COMPLAINT: N_("A complaint waits for the word of supervision"),
        Rule.HELD: N_("A tender is paused or halted"),
        Rule.HALT_ASKED: N_("A halt waits for the second person"),
        Rule.POSTPONED: N_("Shares of the key are missing; the opening is postponed"),
        Rule.SILENT: N_("Fewer key holders answer than are needed"),
        Rule.INTERRUPTED: N_("The hall stood still shortly before a deadline"),
        Rule.SUSPENDED: N_("An objection to the documents waits; nothing is closed or opened"),
        Rule.CONTRACT: N_("No contract was recorded in the days after the award"),
    },
    "alarm_law": {
        Rule.COPIED: N_("Regulation on the Tendering and Bidding Law, art. 40"),
        Rule.OVERDUE: N_("Regulation on the Tendering and Bidding Law, art. 22, 44, 54"),
        Rule.COMPLAINT: N_("Regulation on the Tendering and Bidding Law, art. 61"),
        Rule.HELD: N_("Rule of this hall"),
        Rule.HALT_ASKED: N_("Rule of this hall"),
        Rule.POSTPONED: N_("Rule of this hall"),
        Rule.SILENT: N_("Rule of this hall"),
        Rule.INTERRUPTED: N_("Rule of this hall"),
        Rule.SUSPENDED: N_("Regulation on the Tendering and Bidding Law, art. 22"),
        Rule.CONTRACT: N_("Tendering and Bidding Law, art. 46"),
    },
    "alarm_why": {
        Rule.COPIED: N_(
            "Looked at after each closing: a sealed part, a recipient or a nonce of one bidder's "
            "envelope stands in another's. It costs nobody a bid by itself."
        ),
        Rule.OVERDUE: N_(
            "The days that the rule set gives for the answer are over. What the objection concerns "
            "stands still until it comes."
        ),
        Rule.COMPLAINT: N_(
            "It is there until supervision has said whether it takes the complaint, and has "
            "decided one that it took. It turns red when the time for the next word is over."
        ),
        Rule.HELD: N_("It is there while supervision holds the tender up."),
        Rule.HALT_ASKED: N_("One person asked for a halt; nothing stops before another approves."),
        Rule.POSTPONED: N_(
            "The time for shares is over and fewer have come than open the box. Shares still "
            "count; bidders may open their own bids."
        ),
        Rule.SILENT: N_(
            "Looked at from 24 hours before an opening: fewer holders were heard in the last "
            "minutes, with a key that was tried, than are needed to open it."
        ),
        Rule.INTERRUPTED: N_(
            "The heartbeat of the hall has a gap that counts for this deadline and that nobody "
            "has judged. Bids are taken as provisional."
        ),
        Rule.SUSPENDED: N_("It is there until the objection is answered or withdrawn."),
        Rule.CONTRACT: N_(
            "The days that the rule set gives for the contract are over, and the agency has "
            "recorded none. It is there until one is."
        ),
    },
    "alarm_state": {
        State.UNCLAIMED: N_("Nobody has it"),
        State.CLAIMED: N_("In hand"),
        State.ASKED: N_("Asked, not answered"),
        State.EXPLAINED: N_("Explained"),
        State.CLOSED: N_("Alarm closed"),
    },
    "kept": {
        "session": N_("Log-ins, from their beginning at most"),
        "nonce": N_("Numbers of signed requests"),
        "challenge": N_("What a passkey or token was asked to sign"),
        "password_lock": N_("Wrong passwords"),
        "confirmation_lock": N_("Wrong confirmations"),
        "outcome": N_("Answers to acts, for whoever sends one again"),
    },
    "dictionary": {
        "kind": N_("Kinds of trade"),
        "state": N_("States of a tender"),
        "ground": N_("Grounds of a rejection"),
        "stay": N_("Reasons of a pause or halt"),
        "matter": N_("Matters of a complaint"),
        "alarm": N_("Rules of alarms"),
        "role": N_("Roles"),
        "line": N_("Lines"),
    },
    "finding": {Finding.REAL: N_("A true alarm"), Finding.FALSE: N_("A false alarm")},
    "timeliness": {
        Timeliness.FINE: N_("In time"),
        Timeliness.NEAR: N_("Near its end"),
        Timeliness.OVERDUE: N_("Overdue"),
    },
    "doing": {
        Doing.OBJECTION: N_("Answer an objection"),
        Doing.COMPLAINT: N_("Say the next word on a complaint"),
        Doing.OPENING: N_("Release the shares, open the bids"),
        Doing.CANDIDATES: N_("Publish the candidates"),
        Doing.OUTAGE: N_("Judge an outage"),
        Doing.CONTRACT: N_("Make the contract and record it"),
    },
}
