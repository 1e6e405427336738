#!/usr/bin/env bash
# Python's websockets as the client of `voiden serve`.
source "$(dirname "$0")/serve.sh"

venv="$INTEROP/python-clients"
if [ ! -x "$venv/bin/pip" ]; then
    python3 -m venv "$venv" || { echo 'a virtual environment cannot be made: apt-get install python3-venv' >&2; exit 1; }
fi
"$venv/bin/pip" install --quiet --disable-pip-version-check websockets==15.0.1

serve
"$venv/bin/python" "$here/websockets-client.py"
served
