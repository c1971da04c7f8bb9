"""Run as a program: a child that limits itself as those do that read foreign files, and is busy for ever."""

import os
import sys
from pathlib import Path

from workbook_builder.ooxml.foreign.child import limit_itself


def main() -> None:
    limit_itself()
    Path(sys.argv[1], str(os.getpid())).touch()
    while True:
        pass


if __name__ == "__main__":
    main()
