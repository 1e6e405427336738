#!/usr/bin/env bash
# The reference server of the graphql-transport-ws protocol.
source "$(dirname "$0")/../lib.sh"
need_npm graphql@16.11.0 graphql-ws@6.0.6 ws@8.18.3

cp "$here/graphql-ws.mjs" "$work/"
port=$(free_port)
start_server '^listening' node graphql-ws.mjs "$port"
run_document graphql-ws.md 4000 "$port"
