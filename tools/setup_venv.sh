#!/usr/bin/env bash
# Makes the virtual environment .venv anew, with the first Python on PATH that is new enough.
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/apt.sh

python_new_enough() {
    local name python
    for name in python3 python3.13 python3.12 python3.11; do
        for python in $(type -aP "$name"); do
            if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
                echo "$python"
                return
            fi
        done
    done
    echo "No Python 3.11 or newer on PATH. On Debian 12, Ubuntu 24.04 or newer:" >&2
    echo "Please run: sudo apt-get install -y --no-install-recommends python3 python3-venv" >&2
    return 1
}

python=$(python_new_enough)
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    echo "$python cannot make virtual environments: its package python$version-venv is missing." >&2
    apt_install "python$version-venv"
fi
"$python" -m venv --clear .venv
