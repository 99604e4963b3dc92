#!/usr/bin/env bash
# What the tests need beside Python: Chromium, axe-core from package-lock.json, and PostgreSQL, of
# which the tests start a server of their own in a temporary folder.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
    printf '\n%s\n' "$*" >&2
    exit 1
}

has_shell() {
    command -v chromium-headless-shell >/dev/null
}

has_chromium() {
    has_shell || command -v chromium >/dev/null || command -v chromium-browser >/dev/null ||
        command -v google-chrome >/dev/null || command -v google-chrome-stable >/dev/null
}

has_postgresql() {
    command -v initdb >/dev/null || compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null
}

known_to_apt() {
    command -v apt-cache >/dev/null && apt-cache show "$1" &>/dev/null
}

# Packages, where the system's package manager is apt and we may use it.
install_packages() {
    local root=()
    if [ "$(id -u)" -ne 0 ]; then
        root=(sudo -n)
    fi
    if command -v apt-get >/dev/null && "${root[@]}" true 2>/dev/null; then
        echo "Installing $*"
        # A list that can't be refreshed may still be good enough.
        "${root[@]}" apt-get update -qq || echo "apt-get update failed; trying with what is known"
        "${root[@]}" env DEBIAN_FRONTEND=noninteractive \
            apt-get install -y -qq --no-install-recommends "$@" >/dev/null || true
    fi
}

# Chromium without its windows, which Debian packages apart, takes half of the processor's time for
# the same pages.  Where there is no such package the whole browser does.
install_chromium() {
    if ! has_shell && { ! has_chromium || known_to_apt chromium-headless-shell; }; then
        install_packages chromium-headless-shell
    fi
    has_chromium || install_packages chromium
    has_chromium || fail "The browser tests need Chromium, and it could not be installed from" \
        "here. Install the package chromium (or google-chrome) and run make test again"
}

install_postgresql() {
    has_postgresql || install_packages postgresql
    has_postgresql || fail "The tests of the records need PostgreSQL's server, and it could not" \
        "be installed from here. Install the package postgresql and run make test again"
}

install_axe() {
    local stamp=node_modules/.installed hash
    hash=$(cksum <package-lock.json)
    if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$hash" ]; then
        return
    fi
    command -v npm >/dev/null ||
        fail "The accessibility tests need axe-core, which npm installs. Install the package npm" \
            "and run make test again"
    echo "Installing axe-core"
    npm ci --no-audit --no-fund --loglevel=error ||
        fail "npm could not install axe-core; the reason stands above. Check the network and run" \
            "make test again"
    echo "$hash" >"$stamp"
}

install_chromium
install_postgresql
install_axe
