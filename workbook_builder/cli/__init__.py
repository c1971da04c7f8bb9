"""The command workbook-builder: words in, words out, no logic."""

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """As in cli.app, which is loaded only now: children load the script that calls this, and need no command line."""
    from workbook_builder.cli.app import main as run  # noqa: PLC0415 - see above

    return run(arguments)
