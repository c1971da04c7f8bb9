"""A child process that does what hostile files make a reader do; the first argument says which."""

import os
import sys
import time

from workbook_builder.ooxml.foreign.child import limit_itself


def main() -> None:
    limit_itself()
    match sys.argv[1]:
        case "answers":
            sys.stdout.buffer.write(sys.stdin.buffer.read()[::-1])
        case "raises":
            raise ValueError(sys.argv[1])
        case "aborts":
            os.abort()
        case "grows":
            held = [bytes(1 << 24) for _ in range(1 << 10)]
            sys.exit(len(held))
        case "hangs":
            time.sleep(600)
        case code:
            sys.exit(int(code))


if __name__ == "__main__":
    main()
