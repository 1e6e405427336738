#!/usr/bin/env bash
# Python's websockets: TLS with an authority of our own, subprotocols, refusals, fragments, pings.
source "$(dirname "$0")/../lib.sh"
need_python websockets==15.0.1
command -v openssl >/dev/null || fail 'openssl is needed'

cd "$work"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj '/CN=A test authority' \
    -addext 'basicConstraints=critical,CA:TRUE' -keyout ca.key -out ca.pem 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/CN=localhost' -keyout server.key -out server.csr 2>/dev/null
openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -out server.pem \
    -extfile <(echo 'subjectAltName=DNS:localhost') 2>/dev/null

cp "$here/websockets-server.py" "$work/"
port=$(free_port)
start_server '^listening' python websockets-server.py "$port"
run_document websockets.md 8765 "$port"
