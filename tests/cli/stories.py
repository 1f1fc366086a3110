"""Short lives of one customer, Pat, each with an issue to explain and what its explanation must say."""

from dataclasses import replace

from sentinel_cli.domain.model import Channel
from sentinel_cli.domain.timeline import ActionKind

from .installation import JO, PAT, at
from .telling import (
    Story,
    body,
    dial,
    does,
    judged_anew,
    looks_in_vain,
    ours,
    pat,
    pruned,
    rings,
    robot,
    taken_for_a_customer,
    told,
)  # fmt: skip

__all__ = ["STORIES"]

EIGHT, NINE, TEN_PAST, HALF, LATER = (
    f"2026-11-23T{clock}:00Z" for clock in ("14:00", "15:00", "15:10", "15:30", "15:40")
)
FRIDAY = "2026-11-20T22:00:00Z"
RESOLVE, REOPEN, SPAM, UNSPAM = ActionKind.RESOLVE, ActionKind.REOPEN, ActionKind.SPAM, ActionKind.UNSPAM
ASKS = pat(NINE, "Is anyone coming?")
RINGS = rings(NINE)

STORIES = (
    Story(name="a text", happens=[ASKS], says=["the customer wrote today 9am", "nobody has answered since"]),
    Story(
        name="a missed call and a text back",
        happens=[RINGS, robot("2026-11-23T15:00:20Z")],
        says=["nobody took the call (no-answer)", "#1 goes on - automation: never an answer"],
    ),
    Story(name="a voicemail", happens=[rings(NINE, outcome="voicemail")], says=["the call went to voicemail"]),
    Story(
        name="a call that rings",
        happens=[rings(NINE, outcome="ringing")],
        says=["a call counts as missed until its row says that staff took it (ringing)"],
    ),
    Story(
        name="a call of the route",
        happens=[body(NINE, route="unanswered_call")],
        says=["the route for unanswered calls told of it", "delivery 1 by unanswered_call, today 9am"],
    ),
    Story(
        name="an answer",
        happens=[ASKS, ours(TEN_PAST)],
        says=["Casey Rivera answered today 9:10am: a text by staff", "ends #1 (rule staff text)"],
    ),
    Story(
        name="a text that failed",
        happens=[ASKS, ours(TEN_PAST, outcome="failed")],
        says=["#1 goes on - would have been an answer, but Casey Rivera's text failed"],
    ),
    Story(
        name="a text before its time",
        happens=[ASKS, ours(TEN_PAST, outcome="scheduled")],
        says=["but Casey Rivera's text is only scheduled"],
    ),
    Story(
        name="a text that the carrier refused",
        happens=[ASKS, ours(TEN_PAST, outcome="opt_out", user="USRrobin")],
        says=["no answer: the text was refused, for the customer has opted out, and nobody of the staff wrote it"],
    ),
    Story(
        name="an unlisted user",
        happens=[ASKS, ours(TEN_PAST, user="USRrobin")],
        says=["answered by unlisted user USRrobin: answers nothing"],
    ),
    Story(
        name="an attempt at a text",
        happens=[ASKS, dial(TEN_PAST, "no-answer")],
        says=["#1 goes on - call attempt (no-answer): ends CALL only"],
    ),
    Story(
        name="an attempt at a call",
        happens=[RINGS, dial(TEN_PAST, "busy")],
        says=["ends #1 (rule staff call attempt) - call attempt (busy): ends CALL only"],
    ),
    Story(
        name="attempts that do not count",
        happens=[RINGS, dial(TEN_PAST, "busy")],
        says=["#1 goes on - call attempt: ends nothing, for CALL_ATTEMPT_RESOLVES=0"],
        settings={"CALL_ATTEMPT_RESOLVES": "0"},
    ),
    Story(
        name="a call that connected",
        happens=[ASKS, dial(TEN_PAST, "completed")],
        says=["ends #1 (rule staff call) - a call by staff that connected"],
    ),
    Story(
        name="a call to a voicemail",
        happens=[ASKS, dial(TEN_PAST, "completed", kind="TYPE_VOICEMAIL")],
        says=["call attempt (it reached a voicemail): ends CALL only"],
    ),
    Story(
        name="a call by nobody known",
        happens=[ASKS, dial(TEN_PAST, "completed", None)],
        says=["call attempt (GHL names no user, so nobody knows who spoke): ends CALL only"],
    ),
    Story(
        name="a call that failed",
        happens=[RINGS, dial(TEN_PAST, "failed")],
        says=["#1 goes on - the call failed: not even an attempt"],
    ),
    Story(
        name="a call that staff took",
        happens=[ASKS, rings(TEN_PAST, outcome="completed", duration=180)],
        says=["ends #1 (rule call taken) - staff took the call (180s; 60s are enough)"],
    ),
    Story(
        name="a call of unknown length",
        happens=[ASKS, rings(TEN_PAST, outcome="completed", duration=None)],
        says=["staff took the call (completed; how long it was is not known)"],
    ),
    Story(
        name="a call too short",
        happens=[ASKS, rings(TEN_PAST, outcome="completed", duration=24)],
        says=["unclear: completed after 24s, less than ANSWERED_CALL_MIN_SECONDS=60"],
    ),
    Story(
        name="a phone menu",
        happens=[ASKS, replace(rings(TEN_PAST, outcome="completed", duration=90), kind="TYPE_IVR_CALL")],
        says=["unclear: a phone menu took it, so it opens and answers nothing"],
    ),
    Story(
        name="thanks to a person",
        happens=[ASKS, ours(TEN_PAST), pat(HALF, "Thank you!")],
        says=["acknowledgement: opens nothing, because our text of today 9:10am was a person's, within 96h"],
    ),
    Story(
        name="thanks to an automation",
        happens=[RINGS, robot(TEN_PAST), pat(HALF, "Ok thanks")],
        says=["our text of today 9:10am was no listed person's and asks nothing, within 96h"],
    ),
    Story(
        name="thanks to an automation that asks",
        happens=[robot(TEN_PAST, "Reply C to confirm"), pat(HALF, "Ok thanks")],
        says=["acknowledgement, but it opens: our text of today 9:10am was no listed person's, and asks"],
    ),
    Story(
        name="thanks too late",
        happens=[ours("2026-11-18T14:00:00Z"), pat(HALF, "Thank you!")],
        says=["acknowledgement, but it opens: our text of Wed 8am is more than 96h older"],
    ),
    Story(
        name="thanks for nothing",
        happens=[pat(HALF, "Thank you!")],
        says=["acknowledgement, but it opens: nothing of ours stands before it"],
    ),
    Story(
        name="thanks with a picture",
        happens=[ours(TEN_PAST), pat(HALF, "Thank you!", attachments=True)],
        says=["acknowledgement, but it opens: something is attached", "with an attachment"],
    ),
    Story(
        name="thanks where none closes",
        happens=[ours(TEN_PAST), pat(HALF, "Thank you!")],
        says=["acknowledgement, but it opens: ACK_CLOSE_WINDOW_HOURS=0"],
        settings={"ACK_CLOSE_WINDOW_HOURS": "0"},
    ),
    Story(
        name="thanks after a call",
        happens=[ASKS, dial(TEN_PAST, "completed"), pat(HALF, "Thank you!")],
        says=["because our call of today 9:10am was a person's"],
    ),
    Story(
        name="thanks while it waits",
        happens=[ours(EIGHT), ASKS, pat(HALF, "Thank you!")],
        says=["extends #1, whose due time stays - acknowledgement"],
    ),
    Story(
        name="a word asked for",
        happens=[RINGS, robot(TEN_PAST, "Reply C to confirm"), pat(HALF, "C")],
        says=["a word of AUTO_REPLY_WORDS: opens nothing, because our text of today 9:10am was no listed person's"],
    ),
    Story(
        name="a word to a person",
        happens=[ours(TEN_PAST), pat(HALF, "C")],
        says=["a word of AUTO_REPLY_WORDS, but it opens: our text of today 9:10am was a person's"],
    ),
    Story(
        name="a word to nobody",
        happens=[pat(HALF, "C")],
        says=["a word of AUTO_REPLY_WORDS, but it opens: no text of ours stands before it"],
    ),
    Story(name="a reaction", happens=[ASKS, pat(HALF, "Liked “On our way”")], says=["a reaction: opens nothing"]),
    Story(name="an opt-out", happens=[ASKS, pat(HALF, "STOP")], says=["a word for the carrier: opens nothing"]),
    Story(
        name="an e-mail",
        happens=[ASKS, replace(ours(TEN_PAST), channel=Channel.EMAIL, kind="TYPE_EMAIL")],
        says=["answers nothing: CHANNELS does not name EMAIL"],
    ),
    Story(
        name="an e-mail where e-mails count",
        happens=[ASKS, replace(ours(TEN_PAST), channel=Channel.EMAIL, kind="TYPE_EMAIL")],
        says=["#1 goes on (an e-mail ends e-mails only)"],
        settings={"CHANNELS": "SMS,CALL,EMAIL"},
    ),
    Story(
        name="another channel",
        happens=[ASKS, replace(pat(HALF, "Hello?"), channel=Channel.WHATSAPP, kind="TYPE_WHATSAPP")],
        says=["opens nothing: CHANNELS does not name WHATSAPP"],
    ),
    Story(
        name="an activity row",
        happens=[ASKS, replace(ours(TEN_PAST), channel=Channel.OTHER, kind="TYPE_ACTIVITY_CONTACT")],
        says=["a row of GHL's own, no message"],
    ),
    Story(
        name="an automation that failed",
        happens=[ASKS, replace(robot(TEN_PAST), outcome="undelivered")],
        says=["automation, and it was not delivered"],
    ),
    Story(
        name="a call on no route",
        happens=[ASKS, rings(HALF)],
        says=["a missed call, but no delivery says what CALL_ROUTE_FIELD must hold: opens nothing"],
        settings={"CALL_ROUTE_FIELD": "voicemail_route", "CALL_ROUTE_VALUE": "tech_sentinel"},
    ),
    Story(
        name="a webhook twice",
        happens=[body(NINE), body("2026-11-23T15:02:00Z")],
        says=["the same as the webhook of today 9am (delivery 1)", "GHL has not shown it yet"],
    ),
    Story(
        name="a webhook and its message",
        happens=[body("2026-11-23T15:00:04Z"), pat(NINE, "Is anyone coming?")],
        says=["the same as the message of today 9am", "delivery 1 by inbound_sms, today 9am"],
    ),
    Story(
        name="a webhook that nothing confirms",
        happens=[body(NINE), looks_in_vain(HALF)],
        says=["not found in GHL today 9:30am"],
    ),
    Story(
        name="resolved by hand",
        happens=[ASKS, does(RESOLVE, TEN_PAST, note="called from my own phone")],
        says=["operator resolved it today 9:10am (called from my own phone)", "ends #1 (rule resolve)"],
    ),
    Story(
        name="resolved, and a text unseen",
        happens=[ASKS, does(RESOLVE, HALF), told(pat(TEN_PAST, "Hello??"), after=3600)],
        says=[
            "what came after today 9:10am was not seen by whoever resolved #1",
            "ends #1 (rule resolve); opens #2",
        ],
        issue=2,
    ),
    Story(
        name="reopened",
        happens=[ASKS, ours(TEN_PAST), does(REOPEN, HALF, note="wrong customer")],
        says=["operator reopened it today 9:30am (wrong customer); nobody has answered since", "reopens #1"],
    ),
    Story(
        name="snoozed",
        happens=[ASKS, does(ActionKind.SNOOZE, HALF, until="2026-11-24T15:00:00Z")],
        says=["hidden until Tue 9am", "or the contact's next message"],
    ),
    Story(
        name="snoozed until the next word",
        happens=[ASKS, does(ActionKind.SNOOZE, TEN_PAST, until="2026-11-24T15:00:00Z"), pat(HALF, "Hello??")],
        says=["no more: it ended today 9:30am"],
    ),
    Story(
        name="no snooze any more",
        happens=[
            ASKS,
            does(ActionKind.SNOOZE, TEN_PAST, until="2026-11-24T15:00:00Z"),
            does(ActionKind.UNSNOOZE, HALF),
        ],
        says=["hidden no more"],
    ),
    Story(
        name="a note",
        happens=[ASKS, does(ActionKind.NOTE, HALF, note="has a dog")],
        says=["note by operator: has a dog"],
    ),
    Story(
        name="spam",
        happens=[ASKS, does(SPAM, TEN_PAST, note="sells roofs"), pat(HALF, "Last chance!")],
        says=["operator marked it today 9:10am (sells roofs)", "opens nothing: spam number since today 9am"],
    ),
    Story(
        name="resolved, then spam",
        happens=[ASKS, does(RESOLVE, TEN_PAST), does(SPAM, HALF)],
        says=["resolve by operator\n", "-> counts for nothing now, since the issue is spam\n"],
    ),
    Story(
        name="spam no more",
        happens=[ASKS, does(SPAM, TEN_PAST), does(UNSPAM, HALF), pat(LATER, "Hello?")],
        says=["since today 9am until today 9:30am (issue 1 by operator)", "opens #2"],
        issue=2,
    ),
    Story(
        name="two that became one",
        happens=[
            ASKS,
            ours(TEN_PAST),
            pat(HALF, "Anybody?"),
            ours(TEN_PAST, outcome="failed", updated_at=at("2026-11-23T15:35:00Z")),
        ],
        says=["its messages belong to #1 now", "extends #1"],
        issue=2,
    ),
    Story(
        name="a call that staff turned out to have taken",
        happens=[RINGS, rings(NINE, outcome="completed", duration=200, updated_at=at(TEN_PAST))],
        says=["no wait is left of it", "staff took the call (200s; 60s are enough)"],
    ),
    Story(
        name="two customers that are one",
        happens=[ASKS, replace(ASKS, contact_id=JO, seen_at=at("2026-11-23T16:10:00Z"))],
        says=["the customer wrote today 9am"],
    ),
    Story(
        name="a colleague",
        happens=[taken_for_a_customer(ASKS), judged_anew(HALF)],
        says=["its contact is internal: what colleagues write is no customer's"],
        settings={"INTERNAL_CONTACT_IDS": PAT},
    ),
    Story(
        name="reopened before a text was known",
        happens=[ASKS, ours(TEN_PAST), does(REOPEN, LATER), told(pat(HALF, "Hello?"), after=3600)],
        says=["what had opened since is part of #1; reopens #1"],
    ),
    Story(
        name="resolved after an answer nobody knew",
        happens=[ASKS, does(RESOLVE, HALF), told(ours(TEN_PAST), after=3600)],
        says=["ends #1 (rule staff text)", "does nothing: there was no such wait"],
    ),
    Story(
        name="after what is settled",
        happens=[pat("2026-11-08T15:00:00Z", "Hello?"), ours("2026-11-08T15:10:00Z"), ASKS, pat(HALF, "Hello??")],
        says=["opens nothing: its time is settled", "extends #2"],
        issue=2,
    ),
    Story(
        name="settled",
        happens=[pat("2026-10-01T14:00:00Z", "Hello?"), ours("2026-10-01T14:30:00Z"), pat(HALF, "Hi again, a leak")],
        says=["settled; judged again from all that is kept: the same", "Casey Rivera answered Oct 1 9:30am"],
    ),
    Story(
        name="resolved by hand and pruned",
        happens=[
            pat("2026-08-01T14:00:00Z", "Hello?"),
            does(RESOLVE, "2026-08-03T14:30:00Z", note="went there"),
            pat("2026-08-20T14:00:00Z", "Stop"),
            pruned("2026-11-01T08:00:00Z"),
        ],
        says=["operator resolved it Aug 3 9:30am (went there)"],
    ),
    Story(
        name="spam and pruned",
        happens=[
            pat("2026-08-01T14:00:00Z", "Hello?"),
            does(SPAM, "2026-08-03T14:30:00Z"),
            pat("2026-08-20T14:00:00Z", "Stop"),
            pruned("2026-11-01T08:00:00Z"),
        ],
        says=["operator marked it Aug 3 9:30am"],
    ),
    Story(
        name="pruned",
        happens=[
            pat("2026-08-01T14:00:00Z", "Hello?"),
            ours("2026-08-03T14:30:00Z"),
            pat("2026-08-20T14:00:00Z", "Thanks"),
            pruned("2026-11-01T08:00:00Z"),
        ],
        says=["not known any more: its messages", "what opened it is not known any more"],
    ),
)
