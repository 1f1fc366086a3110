"""A long story: Pat writes on the evening before Thanksgiving, and nearly everything happens to the issue."""

from sentinel_cli.domain.timeline import ActionKind

from .telling import Story, body, dial, does, letter, ours, pat, ran, robot, shown

__all__ = ["THANKSGIVING"]

WEDNESDAY = "2026-11-25T22:40:13Z"
THANKSGIVING = Story(
    name="over Thanksgiving",
    happens=[
        body("2026-11-25T22:40:15Z", "Pump makes a noise. Can you come?"),
        shown(pat(WEDNESDAY, "Pump makes a noise. Can you come?")),
        body("2026-11-25T22:42:00Z", "Pump makes a noise. Can you come?"),
        ran("2026-11-25T22:45:00Z"),
        shown(robot("2026-11-25T22:45:30Z", "We are closed till Monday.")),
        shown(pat("2026-11-25T22:50:00Z", "Ok thanks")),
        ran("2026-11-26T15:00:00Z", 75, "GoHighLevel does not answer"),
        does(ActionKind.SNOOZE, "2026-11-27T16:00:00Z", until="2026-11-30T14:00:00Z", note="closed till Monday"),
        shown(ours("2026-11-30T14:10:00Z", "Casey here, 11am?", outcome="failed")),
        shown(dial("2026-11-30T14:20:00Z", "no-answer")),
        ran("2026-11-30T15:50:00Z", 0, None, "send-summary"),
        letter(
            "2026-11-30T15:50:02Z", "Sentinel, midday, Mon Nov 30\nOverdue texts 1:\n#1 Pat E. 10m late, 2 texts\n#10 x"
        ),
        body("2026-11-30T15:55:00Z", route="other"),
    ],
    says=[],
    settings={
        "SENTINEL_NOW": "2026-11-30T16:00:00Z",
        "HOLIDAYS": "US/Thanksgiving Day,2026-11-27",
        "BUSINESS_HOURS": "Mon-Fri 08:00-09:00,09:30-17:00",
    },
)
