#!/usr/bin/env bash
# A NATS server's WebSocket port: lines of text inside binary messages.
source "$(dirname "$0")/../lib.sh"
need_debian nats-server nats-server

port=$(free_port)
cat >"$work/nats.conf" <<CONF
host: 127.0.0.1
port: $(free_port)
websocket { host: 127.0.0.1, port: $port, no_tls: true }
CONF
start_server 'Server is ready' nats-server --config nats.conf
run_document nats.md 8080 "$port"
