"""Day numbers of the 1900 system, and the years in which a date is believed: both are said only here."""

import datetime as dt
from decimal import Decimal

from workbook_builder.values.numbers import denoised

FIRST_YEAR, LAST_YEAR = 1990, 2100
FIRST_DATE, LAST_DATE = dt.date(FIRST_YEAR, 1, 1), dt.date(LAST_YEAR, 12, 31)
# As every date after February 1900 counts it (Excel believes in 1900-02-29).
DAY_ZERO = dt.date(1899, 12, 30)


def date_of_serial(number_of_day: Decimal) -> dt.date | None:
    """The day of a serial number of the 1900 system; None outside 1990 to 2100."""
    number = denoised(number_of_day)
    if number is None or not serial(FIRST_DATE) <= number < serial(LAST_DATE) + 1:
        return None
    return DAY_ZERO + dt.timedelta(days=int(number))


def serial(day: dt.date) -> int:
    """A date as the serial number of the 1900 system."""
    return (day - DAY_ZERO).days
