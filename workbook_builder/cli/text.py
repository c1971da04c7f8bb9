"""Words for the terminal: nothing that a file, a name or a label brought along acts there."""

from rich import markup

from workbook_builder.values.markup import visible


def escape(text: str) -> str:
    """A text as it is, for rich to print: neither its markup nor control characters act."""
    return markup.escape(visible(text))
