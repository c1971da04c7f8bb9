"""The parts of an archive that a child process reads as a whole, and the archive with some of them written anew."""

import io
import zipfile
from collections.abc import Mapping
from datetime import datetime

from lxml import etree

from workbook_builder.ooxml.archive import is_folder
from workbook_builder.ooxml.foreign.marks import TooLargeError
from workbook_builder.ooxml.limits import MAX_UNPACKED_BYTES


def unpacked(archive: zipfile.ZipFile) -> dict[str, bytes]:
    """Every part by its name. Raises TooLargeError, and what zipfile does where the archive is damaged."""
    infos = [info for info in archive.infolist() if not is_folder(info)]
    if sum(info.file_size for info in infos) > MAX_UNPACKED_BYTES:
        raise TooLargeError
    return {info.filename: archive.read(info) for info in infos}


def repacked(parts: Mapping[str, bytes], anew: Mapping[str, bytes]) -> bytes:
    """The archive with these parts in place of its own; not compressed, for it goes nowhere."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in {**parts, **anew}.items():
            archive.writestr(name, content)
    return stream.getvalue()


def moment_in(part: bytes | None, tag: str) -> datetime | None:
    """The moment that an element of a part names; None where there is none, or none that can be read."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        words = next((element.text for element in etree.fromstring(part or b"", parser).iter(tag)), None)
        return datetime.fromisoformat(words) if words else None
    except (ValueError, OverflowError, etree.XMLSyntaxError):
        return None
