#!/usr/bin/env bash
# A Socket.IO server, spoken to in its own packets.
source "$(dirname "$0")/../lib.sh"
need_npm socket.io@4.8.1

cp "$here/socket-io.mjs" "$work/"
port=$(free_port)
start_server '^listening' node socket-io.mjs "$port"
run_document socket-io.md 3000 "$port"
