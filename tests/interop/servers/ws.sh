#!/usr/bin/env bash
# npm's ws as the client of `voiden serve`.
source "$(dirname "$0")/serve.sh"

command -v npm >/dev/null || { echo 'node and npm are needed: apt-get install npm' >&2; exit 1; }
npm install --prefix "$INTEROP/node-clients" --no-audit --no-fund --no-save --silent ws@8.18.0

serve
NODE_PATH="$INTEROP/node-clients/node_modules" node "$here/ws-client.cjs"
served
