#!/usr/bin/env bash
# Installs the Open XML SDK's validator and SheetJS into tests/office/node_modules, where npm is there; goes on without otherwise.
set -euo pipefail
cd "$(dirname "$0")/../tests/office"

if ! command -v npm >/dev/null; then
    echo "No npm: tests that need the Open XML SDK's validator will be skipped. On Debian: sudo apt-get install npm" >&2
elif npm install --no-save </dev/null; then # npm ci wants every platform's program in the lock file; not all are published
    touch node_modules/.package-lock.json
else
    echo "npm could not install the Open XML SDK's validator: tests that need it will be skipped." >&2
fi
