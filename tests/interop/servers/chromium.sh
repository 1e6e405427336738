#!/usr/bin/env bash
# Debian's Chromium, driven by playwright-core, as the client of `voiden serve`: it offers compression by itself.
source "$(dirname "$0")/serve.sh"

if ! command -v chromium >/dev/null; then
    apt-get update -q >/dev/null
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends chromium >/dev/null
fi
packages="$INTEROP/html"
mkdir -p "$packages"
if [ ! -d "$packages/node_modules/playwright-core" ]; then
    npm install --silent --no-audit --no-fund --prefix "$packages" playwright-core@1
fi

serve
node "$here/chromium-client.mjs" "$packages"
served
