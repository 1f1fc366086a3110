"""What `.env` and the environment say, lengths instead of secrets."""

from sentinel_cli.doctor.judge.settings import SettingsSeen
from sentinel_cli.errors import Misconfigured
from sentinel_cli.setting_values import is_loopback
from sentinel_cli.settings import Salvage, Settings, exposed, webhook_secrets

__all__ = ["see_settings"]


def see_settings(salvage: Salvage) -> SettingsSeen:
    """The settings as far as they can be read."""
    settings = salvage.settings
    return SettingsSeen(
        home=str(settings.home),
        env_file=(settings.home / ".env").is_file(),
        exposed=exposed(settings.home),
        problems=[*salvage.problems, *_weak(settings)],
        stray=salvage.stray,
        set_=[
            ("WEBHOOK_SECRET", [len(secret) for secret in settings.webhook_secret]),
            ("GHL_TOKEN", _length(settings.ghl_token)),
            ("GHL_LOCATION_ID", _length(settings.ghl_location_id)),
            ("MANAGER_CONTACT_IDS", [len(contact_id) for contact_id in settings.manager_contact_ids]),
        ],
        token_begins=settings.ghl_token[:4],
        staff=len(settings.internal_user_ids),
        rehearsal=is_loopback(settings.ghl_base_url),
        secret_in_query=settings.allow_query_secret,
    )


def _length(text: str) -> list[int]:
    return [len(text)] if text else []


def _weak(settings: Settings) -> list[str]:
    """What makes a webhook's secret unfit; that there is none is told as a missing setting."""
    try:
        webhook_secrets(settings)
    except Misconfigured as error:
        return list(error.problems) if settings.webhook_secret else []
    return []
