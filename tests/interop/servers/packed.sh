#!/usr/bin/env bash
# Python's msgpack, cbor2 and protobuf as clients of `voiden serve`.
source "$(dirname "$0")/serve.sh"

venv="$INTEROP/python-clients"
if [ ! -x "$venv/bin/pip" ]; then
    python3 -m venv "$venv" || { echo 'a virtual environment cannot be made: apt-get install python3-venv' >&2; exit 1; }
fi
"$venv/bin/pip" install --quiet --disable-pip-version-check websockets==15.0.1 msgpack==1.2.4 cbor2==6.3.0 grpcio-tools==1.85.1

cp "$here/../packed.proto" "$here/packed-client.py" "$work/"
(cd "$work" && "$venv/bin/python" -m grpc_tools.protoc -I. --python_out=. packed.proto)
serve packed.md
"$venv/bin/python" "$work/packed-client.py"
served packed.md
