"""Instants: what a user means by a moment in time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from workbench.errors import SettingsError


def utc_instant(name: str, value: object) -> datetime | None:
    """An instant in UTC: what has no offset is UTC, a bare date is its midnight; ``None`` stays so.

    Raises ``SettingsError`` that calls the setting by its ``name``.

    >>> utc_instant("as_of", "2026-01-31T12:00+02:00").isoformat()
    '2026-01-31T10:00:00+00:00'
    """
    if value is None:
        return None
    try:
        instant = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        instant = None
    if isinstance(instant, date) and not isinstance(instant, datetime):
        instant = datetime.combine(instant, time())
    if not isinstance(instant, datetime):
        raise SettingsError(f"{name} takes an instant such as 2026-01-31 or 2026-01-31T12:00:00Z, not {value!r}")
    try:
        return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:
        raise SettingsError(f"{name} takes an instant of the years 1 to 9999 in UTC, not {value!r}") from None


def rfc3339(instant: datetime, timespec: str = "auto") -> str:
    """An instant as Go writes it, to the ``timespec`` of ``datetime.isoformat``.

    >>> from datetime import UTC
    >>> rfc3339(datetime(2026, 11, 20, 9, 30, tzinfo=UTC))
    '2026-11-20T09:30:00Z'
    """
    return instant.isoformat(timespec=timespec).replace("+00:00", "Z")
