"""What the receiver needs before it starts, and what it keeps out of its process."""

import subprocess
import sys
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from sentinel_cli.commands.serve import receiver_of
from sentinel_cli.errors import Misconfigured, StoreProblem
from sentinel_cli.settings import Settings, load_settings
from webhook.server import listening

from .parts import LOCATION, OLDER_SECRET, SECRET, rows, workflow_text

ENOUGH = {"WEBHOOK_SECRET": f"{SECRET},{OLDER_SECRET}", "GHL_LOCATION_ID": LOCATION, "DB_PATH": "sentinel.db"}


def settings(home: Path, **changes: str) -> Settings:
    return load_settings({"SENTINEL_HOME": str(home), **ENOUGH, **changes}, home, None)


def test_settings_make_a_receiver_that_stores(path: Path) -> None:
    with TestClient(receiver_of(settings(path.parent))) as client:
        answer = client.post("/webhook/ghl/inbound_sms", json=workflow_text(), headers={"X-NTPP-Secret": OLDER_SECRET})
    assert answer.json() == {"received": True, "outcome": "opened", "issue_id": 1}


def test_ghls_token_is_not_stored_either(path: Path) -> None:
    token = "pit-0f4c8f7e-1111-2222-3333-444455556666"
    body = workflow_text(customData={"sentinel_secret": SECRET, "token": token})
    with TestClient(receiver_of(settings(path.parent, GHL_TOKEN=token))) as client:
        client.post("/webhook/ghl/inbound_sms", json=body)
    (payload,) = rows(path, "select cast(payload as blob) from raw_events")[0]
    assert token.encode() not in payload


def test_everything_missing_is_told_at_once(path: Path) -> None:
    with pytest.raises(Misconfigured) as raised:
        receiver_of(settings(path.parent, WEBHOOK_SECRET="", GHL_LOCATION_ID=""))
    assert raised.value.problems == ("WEBHOOK_SECRET is not set", "GHL_LOCATION_ID is not set")


@pytest.mark.parametrize(
    ("secret", "problem"),
    [
        ("short-secret", "WEBHOOK_SECRET: secret 1 is shorter than 16 characters"),
        ("changeme-changeme", "WEBHOOK_SECRET: secret 1 is a placeholder"),
        (f"{SECRET},your-secret-goes-here", "WEBHOOK_SECRET: secret 2 is a placeholder"),
    ],
)
def test_a_weak_secret_is_refused(path: Path, secret: str, problem: str) -> None:
    with pytest.raises(Misconfigured) as raised:
        receiver_of(settings(path.parent, WEBHOOK_SECRET=secret))
    assert raised.value.problems == (problem,)


def test_a_missing_database_is_refused_with_the_path_looked_at(tmp_path: Path) -> None:
    with pytest.raises(StoreProblem, match=f"no database at {tmp_path / 'sentinel.db'}"):
        receiver_of(settings(tmp_path))
    assert not (tmp_path / "sentinel.db").exists()


def test_a_port_that_is_taken_is_told_with_what_to_do() -> None:
    with listening("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(Misconfigured, match=f"cannot listen on 127.0.0.1 port {port}: Address already in use"):
            listening("127.0.0.1", port)


def test_an_address_of_another_machine_is_told() -> None:
    with pytest.raises(Misconfigured, match=r"cannot listen on 192\.0\.2\.1 port 0"):
        listening("192.0.2.1", 0)


def test_the_receivers_process_never_loads_the_client_or_the_command_line() -> None:
    program = (
        "import sys, webhook.server, webhook.app;"
        "print(sorted({'typer', 'rich', 'httpx', 'sentinel_cli.ghl', 'sentinel_cli.cli'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"
