#!/usr/bin/env bash
# Installs what tests run in node into tests/office/node_modules, where npm is there; goes on without otherwise.
set -euo pipefail
cd "$(dirname "$0")/../tests/office"

if ! command -v npm >/dev/null; then
    echo "No npm: tests that need the Open XML SDK's validator or node's libraries will be skipped. On Debian: sudo apt-get install npm" >&2
elif npm install --no-save </dev/null; then # npm ci wants every platform's program in the lock file; not all are published
    touch node_modules/.package-lock.json
else
    echo "npm could not install the Open XML SDK's validator and node's libraries: tests that need them will be skipped." >&2
fi
