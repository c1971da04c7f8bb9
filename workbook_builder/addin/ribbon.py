"""The ribbon as the add-in shows it: macros/ribbon.xml, the one place where buttons are named and explained."""

from collections.abc import Iterator
from typing import NamedTuple

from lxml import etree

from workbook_builder.resources import folder

NAMESPACE = "http://schemas.microsoft.com/office/2006/01/customui"  # the one that Excel 2007 to today and WPS show


class Button(NamedTuple):
    """A button: its id is the action it starts."""

    id: str
    label: str
    does: str


def ribbon_xml() -> bytes:
    """The ribbon's part of the add-in."""
    return (folder("macros") / "ribbon.xml").read_bytes()


def buttons() -> Iterator[Button]:
    """The buttons from left to right."""
    for element in etree.fromstring(ribbon_xml()).iter(f"{{{NAMESPACE}}}button"):
        yield Button(*(element.get(name, "") for name in ("id", "label", "supertip")))
