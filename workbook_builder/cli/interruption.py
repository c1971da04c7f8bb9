"""What a command that was interrupted says: it may be so before anything else of the command line is loaded."""

import json
import sys

INTERRUPTED = 130  # as shells say it
WORDS = "已中断。已经完成的部分保留，再运行一次即可接着做。"


def interrupted(*, as_json: bool) -> int:
    """Says it, and gives the exit code."""
    if as_json:
        document = json.dumps({"error": WORDS, "findings": []}, ensure_ascii=False, indent=1) + "\n"
        sys.stdout.flush()
        sys.stdout.buffer.write(document.encode())
        sys.stdout.buffer.flush()
    print(WORDS, file=sys.stderr)  # noqa: T201 - rich may not be loaded yet
    return INTERRUPTED
