#!/usr/bin/env bash
# npm's ws as a server that compresses everything, however short.
source "$(dirname "$0")/../lib.sh"
need_npm ws@8.18.0

cp "$here/ws-compressed.mjs" "$work/"
port=$(free_port)
start_server '^listening' node ws-compressed.mjs "$port"
run_document ws-compressed.md 8766 "$port"
