#!/usr/bin/env bash
# Node's own inspector: its list of targets gives the URL of the socket.
source "$(dirname "$0")/../lib.sh"
need_node

port=$(free_port)
start_server 'ws://' node --inspect="127.0.0.1:$port" -e 'setInterval(() => {}, 1000)'
run_document node-targets.md 9229 "$port"
