"""The moment that a workbook's properties name. Source: ECMA-376 part 2, 11 (core properties)."""

import datetime

from lxml import etree

from workbook_builder.errors import UnreadableError
from workbook_builder.ooxml.fixed_time import CREATED
from workbook_builder.ooxml.package import Package

CORE_PROPERTIES = "docProps/core.xml"
MODIFIED = "{http://purl.org/dc/terms/}modified"
MAX_PROPERTIES_BYTES = 64 << 10
NOTHING_SAID = (UnreadableError, ValueError, OverflowError, etree.XMLSyntaxError)


def modified_at(package: Package) -> datetime.datetime | None:
    """When a workbook says that it was last changed, in UTC; None where it does not say."""
    try:
        properties = b""
        for piece in package.pieces(CORE_PROPERTIES) if package.has(CORE_PROPERTIES) else ():
            properties += piece
            if len(properties) > MAX_PROPERTIES_BYTES:
                return None
        if not properties:
            return None
        parser = etree.XMLParser(resolve_entities=False, no_network=True)
        words = etree.fromstring(properties, parser).findtext(MODIFIED)
        moment = utc(datetime.datetime.fromisoformat(words)) if words else None
    except NOTHING_SAID:
        return None
    return None if moment == CREATED else moment  # written by ourselves: it does not say when


def modified_at_of(data: bytes) -> datetime.datetime | None:
    """The same of a file that cannot be read; None, too, where it is no package at all."""
    try:
        return modified_at(Package(data, ""))
    except NOTHING_SAID:
        return None


def utc(moment: datetime.datetime) -> datetime.datetime:
    """Without a zone, as databases keep it, and in whole seconds, as all of them can."""
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
    return zoned.astimezone(datetime.UTC).replace(tzinfo=None, microsecond=0)
