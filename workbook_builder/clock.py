"""The time of day as the archive and the ledger keep it."""

import datetime


def now() -> datetime.datetime:
    """This moment in UTC, without a zone and in whole seconds, as all databases can keep it."""
    return datetime.datetime.now(datetime.UTC).replace(tzinfo=None, microsecond=0)
