#!/usr/bin/env bash
# Jupyter's server: a token, a kernel that is started by a POST, and code that runs in it over its socket.
source "$(dirname "$0")/../lib.sh"
need_python jupyter_server==2.17.0 ipykernel==7.1.0

port=$(free_port)
export JUPYTER_CONFIG_DIR="$work/config" JUPYTER_DATA_DIR="$work/data" JUPYTER_RUNTIME_DIR="$work/runtime"
start_server 'is running at' jupyter server --allow-root --no-browser --port="$port" --ip=127.0.0.1 \
    --IdentityProvider.token=a-token-of-a-test --ServerApp.root_dir="$work"
run_document jupyter.md 8888 "$port" --secret TOKEN=a-token-of-a-test
