"""The time of day as the archive and the ledger keep it."""

import datetime


def now() -> datetime.datetime:
    """This moment in UTC, without a zone and in whole seconds, as all databases can keep it."""
    return datetime.datetime.now(datetime.UTC).replace(tzinfo=None, microsecond=0)


def instant() -> datetime.datetime:
    """The same to the microsecond: of what follows within one second, the order is known."""
    return datetime.datetime.now(datetime.UTC).replace(tzinfo=None)


def today() -> datetime.date:
    """The day by the calendar on this machine's wall."""
    return datetime.datetime.now().astimezone().date()


def local(moment: datetime.datetime) -> datetime.datetime:
    """A moment of the archive or the ledger by the clock on this machine's wall, with its zone."""
    return moment.replace(tzinfo=datetime.UTC).astimezone()


def local_minute(moment: datetime.datetime) -> str:
    """The same as people read it, such as 2022-01-31 09:05."""
    return f"{local(moment):%Y-%m-%d %H:%M}"
