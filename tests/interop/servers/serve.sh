# What the steps here share: `voiden serve` in the background, and its end. To be sourced.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
work="$(mktemp -d)"
serving=
trap '[ -z "$serving" ] || kill "$serving" 2>/dev/null || true; rm -rf "$work"' EXIT

# Serves a copy of the document (servers.md, unless another is named), and exports the URL of each server as URL_name once
# all of them listen.
serve() {
    local servers document="${1:-servers.md}"
    cp "$here/$document" "$work/$document"
    # The program may begin later than it is looked for.
    : >"$work/urls"
    servers=$(grep -c '^```/wss-server ' "$work/$document")
    "$VOIDEN" serve "$work/$document" --write changed >"$work/urls" 2>"$work/log" &
    serving=$!
    for _ in $(seq 200); do
        [ "$(wc -l <"$work/urls")" -lt "$servers" ] || break
        sleep 0.05
    done
    while read -r name url; do export "URL_$name=$url"; done <"$work/urls"
    export SERVER_PID=$serving
}

# The last client has told the server to end: it does so with 0, and has written what happened.
served() {
    local status=0 document="${1:-servers.md}"
    wait "$serving" || status=$?
    serving=
    [ "$status" -eq 0 ] || { cat "$work/log" >&2; echo "voiden serve ended with $status" >&2; exit 1; }
    grep -q '^✓ .* received' "$work/$document" || { echo 'no transcript was written' >&2; exit 1; }
}
