#!/usr/bin/env bash
# Python's msgpack, cbor2 and protobuf, behind Python's websockets.
source "$(dirname "$0")/../lib.sh"
need_python websockets==15.0.1 msgpack==1.2.4 cbor2==6.3.0 grpcio-tools==1.85.1

cp "$here/packed-server.py" "$here/../packed.proto" "$work/"
(cd "$work" && python -m grpc_tools.protoc -I. --python_out=. packed.proto)
port=$(free_port)
start_server '^listening' python packed-server.py "$port"
run_document packed.md 8767 "$port"
