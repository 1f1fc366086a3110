import io
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from sentinel_cli import log
from sentinel_cli.errors import StoreProblem


@pytest.fixture
def stderr() -> Iterator[io.StringIO]:
    logger = logging.getLogger("sentinel")
    before = logger.handlers[:], logger.level, logger.propagate
    stream = io.StringIO()
    log.configure(stream)
    yield stream
    logger.handlers[:], logger.level, logger.propagate = before


def fields_of(stream: io.StringIO) -> str:
    return stream.getvalue().partition(" INFO ")[2].rstrip("\n")


def test_an_event_is_one_line_of_instant_level_name_run_and_fields(stderr: io.StringIO) -> None:
    log.event("letter.sent", slot="morning", segments=3)
    at, _, rest = stderr.getvalue().partition(" ")
    assert datetime.strptime(at, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    assert rest == "INFO letter.sent run=- slot=morning segments=3\n"


def test_every_event_of_a_run_carries_it(stderr: io.StringIO) -> None:
    with log.running(81):
        log.event("receiver.started", job="poll-resolver")
    assert fields_of(stderr) == "receiver.started run=81 job=poll-resolver"


def test_an_event_after_a_run_no_longer_carries_it(stderr: io.StringIO) -> None:
    with log.running(81):
        pass
    log.event("receiver.started")
    assert fields_of(stderr) == "receiver.started run=-"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "-"),
        (True, "1"),
        (False, "0"),
        (7, "7"),
        (1.5, "1.5"),
        ("morning", "morning"),
        ("", '""'),
        ("two words", '"two words"'),
        ("a=b", '"a=b"'),
        ('say "no"', '"say \\"no\\""'),
        ("two\nlines", '"two\\nlines"'),
        (datetime(2026, 11, 23, 14, tzinfo=UTC), "2026-11-23T14:00:00.000Z"),
    ],
)
def test_a_field_can_be_read_back(stderr: io.StringIO, value: log.Field, shown: str) -> None:
    log.event("receiver.started", field=value)
    assert fields_of(stderr) == f"receiver.started run=- field={shown}"


@pytest.mark.parametrize("field", ["text", "body", "phone", "name", "token", "secret", "message", "payload"])
def test_a_field_that_could_tell_on_a_customer_is_not_printed(stderr: io.StringIO, field: str) -> None:
    log.event("receiver.started", **{field: "+12145550147"})
    assert fields_of(stderr) == f"receiver.started run=- {field}=***"


@pytest.mark.parametrize("name", ["letter.sending", "letter", "", "Letter.Sent"])
def test_a_name_outside_the_list_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"the list is in log\.py"):
        log.event(name)  # type: ignore[arg-type]


def test_every_name_is_a_noun_and_a_past_verb() -> None:
    pasts = ("ed", "drawn", "found", "lost", "sent", "split")
    assert [name for name in log.EVENTS if name.count(".") != 1 or not name.endswith(pasts)] == []


def test_configuring_twice_prints_an_event_once(stderr: io.StringIO) -> None:
    log.configure(stderr)
    log.event("receiver.started")
    assert stderr.getvalue().count("receiver.started") == 1


def test_an_event_below_the_level_is_not_printed(stderr: io.StringIO) -> None:
    log.event("letter.claimed", level=logging.DEBUG)
    assert stderr.getvalue() == ""


def test_a_traceback_follows_its_line(stderr: io.StringIO) -> None:
    try:
        raise KeyError("outcome")
    except KeyError:
        logging.getLogger("sentinel").exception("a bug")
    assert stderr.getvalue().splitlines()[-1].startswith("KeyError (its words are left out")


def broken(text: str) -> Exception:
    """An error over an error over an error, each of which repeats what a customer wrote."""
    try:
        try:
            try:
                raise KeyError(text)
            except KeyError as error:
                raise ValueError(text) from error
        except ValueError as error:
            raise StoreProblem("the disk is full") from error
    except StoreProblem:
        try:
            raise LookupError(text)
        except LookupError as error:
            return error


def test_a_traceback_repeats_no_words_but_ours() -> None:
    told = log.traceback_of(broken("The gate code is 4471"))
    assert "4471" not in told
    assert [line.split(" (")[0] for line in told.splitlines() if line[:1].isalpha()] == [
        "Traceback",
        "KeyError",
        "after which:",
        "Traceback",
        "ValueError",
        "after which:",
        "Traceback",
        "sentinel_cli.errors.StoreProblem: the disk is full",
        "after which:",
        "Traceback",
        "LookupError",
    ]


def test_a_traceback_says_where() -> None:
    assert f'File "{__file__}"' in log.traceback_of(broken("x"))


def test_a_library_s_record_is_told_without_its_words(stderr: io.StringIO) -> None:
    logging.getLogger("asyncio").error("Task exception was never retrieved: %r", KeyError("+12145550147"))
    assert "ERROR asyncio (its words are left out" in stderr.getvalue()
    assert "555" not in stderr.getvalue()


@pytest.fixture
def as_json(stderr: io.StringIO) -> io.StringIO:
    log.configure(stderr, as_json=True)
    return stderr


def test_as_json_an_event_is_an_object_a_line(as_json: io.StringIO) -> None:
    with log.running(81):
        log.event("letter.sent", slot="morning", segments=3, at_ts=datetime(2026, 11, 23, tzinfo=UTC), phone="+1217")
    told = json.loads(as_json.getvalue())
    assert {name: value for name, value in told.items() if name != "at"} == {
        "level": "INFO",
        "event": "letter.sent",
        "run": "81",
        "slot": "morning",
        "segments": 3,
        "at_ts": "2026-11-23T00:00:00.000Z",
        "phone": "***",
    }


def test_as_json_what_a_library_says_keeps_its_words_out(as_json: io.StringIO) -> None:
    logging.getLogger("somebody.else").error("Pat Ellison wrote")
    told = json.loads(as_json.getvalue())
    assert (told["level"], "Pat" in as_json.getvalue()) == ("ERROR", False)


def test_as_json_a_traceback_stays_on_the_line(as_json: io.StringIO) -> None:
    name = "Pat Ellison"
    try:
        raise KeyError(name)
    except KeyError:
        logging.getLogger("uvicorn.error").exception("it broke")
    told = json.loads(as_json.getvalue())
    assert (told["said"], "KeyError" in told["traceback"], "Pat" in told["traceback"]) == ("it broke", True, False)
