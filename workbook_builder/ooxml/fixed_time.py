"""What our files show in the place of the clock: the same input gives the same bytes."""

from datetime import datetime

CREATED = datetime(2022, 1, 1)  # in the properties of a workbook, as the moment of its creation
ZIP_DATE = (1980, 1, 1, 0, 0, 0)  # of every part of a package
DOS_TIME, DOS_DATE = 0, 1 << 5 | 1  # the same as a zip holds it: month and day, the years counted from 1980
