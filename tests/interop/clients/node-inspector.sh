#!/usr/bin/env bash
# Node's own inspector: the DevTools protocol, as a debugger speaks it.
source "$(dirname "$0")/../lib.sh"
need_node

port=$(free_port)
start_server 'ws://' node --inspect="127.0.0.1:$port" -e 'setInterval(() => {}, 1000)'
# Who knows the path may run code in the process: it is a secret.
target=$(sed -nE "s#.*ws://127.0.0.1:$port/([0-9a-f-]+).*#\1#p" "$work/server.log" | head -n 1)
run_document node-inspector.md 9229 "$port" --secret "TARGET=$target"
