#!/usr/bin/env bash
# Installs the programs that the tests run, where they are missing and we may. Where we may not, says what to run and
# goes on: the tests that need them are skipped with the same line.
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/apt.sh

everything_there() {
    local program
    for program in soffice pdftoppm ssconvert Xvfb xdotool import; do
        command -v "$program" >/dev/null || return 1
    done
    [ -e "$(dirname "$(readlink -f "$(command -v soffice)")")/libswlo.so" ] || return 1  # Writer
    compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null || command -v initdb >/dev/null || return 1
    fc-list "Noto Serif CJK SC" | grep -q . || return 1
    local python
    for python in $(type -aP python3); do
        if "$python" -c 'import uno' 2>/dev/null; then return 0; fi
    done
    return 1
}

if everything_there; then exit 0; fi
mapfile -t packages <tools/system_packages.txt
apt_install "${packages[@]}" || echo "Going on without: tests that need these programs will be skipped." >&2
