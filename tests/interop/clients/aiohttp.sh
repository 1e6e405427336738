#!/usr/bin/env bash
# Python's aiohttp: a login, a session in a cookie, redirects, compressed and streamed answers, and a socket behind it.
source "$(dirname "$0")/../lib.sh"
need_python aiohttp==3.13.3

cp "$here/aiohttp-server.py" "$work/"
port=$(free_port)
start_server 'Running on' python -u aiohttp-server.py "$port"
run_document aiohttp.md 8766 "$port" --secret 'PASSWORD=correct horse'
