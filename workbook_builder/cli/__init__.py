"""The command workbook-builder: words in, words out, no logic."""

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """As in cli.app, which is loaded only now: children load the script that calls this, and need no command line."""
    try:
        from workbook_builder.cli.app import main as run  # noqa: PLC0415 - see above
    except KeyboardInterrupt:
        from workbook_builder.cli.interruption import interrupted  # noqa: PLC0415 - see above

        return interrupted(as_json="--json" in (sys.argv[1:] if arguments is None else arguments))
    return run(arguments)
