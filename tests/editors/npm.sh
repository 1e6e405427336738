# Packages of npm, as a package-lock.json has them. To be sourced.

# Copies a folder below $EDITORS, without what was built or installed in it, and installs its packages there.
npm_copy() {
    local from="$1" to="$2"
    command -v node >/dev/null && command -v npm >/dev/null || { echo 'node is needed, 20 or later, with npm' >&2; exit 1; }
    mkdir -p "$to"
    # All but the packages, which take long, is copied anew.
    find "$to" -mindepth 1 -maxdepth 1 ! -name node_modules ! -name .lock -exec rm -rf {} +
    (cd "$from" && tar -cf - --exclude=./node_modules --exclude=./dist .) | tar -xf - -C "$to"
    if ! cmp -s "$to/package-lock.json" "$to/.lock"; then
        npm ci --prefix "$to" --no-audit --no-fund --loglevel=error
        cp "$to/package-lock.json" "$to/.lock"
    fi
}
