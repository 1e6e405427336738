#!/usr/bin/env bash
# curl as the client of a server block's plain HTTP: a body that it asks leave to send, a body in chunks, HEAD, HTTP/1.0,
# and several requests of one command, which come over connections of their own.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
work="$(mktemp -d)"
serving=
trap '[ -z "$serving" ] || kill "$serving" 2>/dev/null || true; rm -rf "$work"' EXIT

cp "$here/curl.md" "$work/curl.md"
"$VOIDEN" serve "$work/curl.md" --write never >"$work/urls" 2>"$work/log" &
serving=$!
for _ in $(seq 200); do
    [ ! -s "$work/urls" ] || break
    sleep 0.05
done
read -r _ url <"$work/urls"
origin="http${url#ws}"
origin="${origin%/socket}"

# Answers with a status and a body; fails unless they are what is expected.
ask() {
    local expected="$1"
    shift
    local came
    came="$(curl --silent --show-error --max-time 10 --write-out ' %{http_code}' "$@")"
    [ "$came" = "$expected" ] || { echo "$*: \"$came\" is not \"$expected\"" >&2; exit 1; }
}

head -c 2000000 /dev/zero | tr '\0' x >"$work/large"
ask '{"user": "ann", "id": "7"} 200' "$origin/users/7" --json '{"user": "ann"}'
ask 'not json 422' "$origin/users/7" --data 'a=b'
ask '2000000 200' "$origin/size" --data-binary "@$work/large"
ask '2000000 200' "$origin/size" --data-binary "@$work/large" --header 'Transfer-Encoding: chunked'
ask ' 204' "$origin/health" --http1.0
ask ' 204 204' "$origin/health" "$origin/health"
ask ' 404' "$origin/nothing" --output /dev/null
ask ' 426' "$origin/socket" --output /dev/null
ask ' 200' "$origin/users/7" --head --output /dev/null
