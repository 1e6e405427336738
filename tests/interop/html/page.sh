#!/usr/bin/env bash
# The page of --report html in a browser: Debian's Chromium, driven by playwright-core.
set -euo pipefail
here=tests/interop/html
work="$INTEROP/html"
mkdir -p "$work"

if ! command -v chromium >/dev/null; then
    apt-get update -q >/dev/null
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends chromium >/dev/null
fi
if [ ! -d "$work/node_modules/playwright-core" ]; then
    npm install --silent --no-audit --no-fund --prefix "$work" playwright-core@1
fi

cp "$here"/*.md "$work/"
# One session fails and one document cannot run, so the status is 2.
status=0
(cd "$work" && "$VOIDEN" run -q --write never --report html=page.html ./*.md 2>page.log) || status=$?
[ "$status" -eq 2 ] || { cat "$work/page.log"; echo "exit status $status, not 2"; exit 1; }
node "$here/page.mjs" "$work"
