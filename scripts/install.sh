#!/usr/bin/env bash
# Install requirement files into .venv.  A second run with unchanged files takes no time.
#   scripts/install.sh requirements.txt [another.txt ...]
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
    printf '\n%s\n' "$*" >&2
    exit 1
}

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    local name
    # The versions are pinned and tested with 3.11, so it comes first.
    for name in "${PYTHON:-python3.11}" python3 python3.12 python3.13; do
        if command -v "$name" >/dev/null && is_new_enough "$name"; then
            echo "$name"
            return
        fi
    done
    fail "skinapp needs Python 3.11 or newer. Install it (Debian, Ubuntu: apt install python3.11" \
        "python3.11-venv), or name it: PYTHON=/path/to/python3.11 make run"
}

make_venv() {
    if [ -x .venv/bin/python ] && is_new_enough .venv/bin/python &&
        .venv/bin/python -c 'import pip' 2>/dev/null; then
        return
    fi
    local python
    python=$(find_python)
    echo "Making .venv with $python"
    "$python" -m venv --clear .venv || fail ".venv could not be made. On Debian and Ubuntu the" \
        "package python3-venv (or python3.11-venv) is needed: apt install python3.11-venv"
}

install() {
    local file=$1 stamp=.venv/.installed-$1 hash
    hash=$(cksum <"$file")
    if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$hash" ]; then
        return
    fi
    rm -f "$stamp"
    echo "Installing $file"
    .venv/bin/python -m pip install --disable-pip-version-check --quiet -r "$file" ||
        fail "Not everything in $file could be installed; the reason stands above. Check the" \
            "network and the free disk space, then run the same command again: it goes on from" \
            "where it stopped. If .venv itself is broken: make clean"
    echo "$hash" >"$stamp"
}

make_venv
for file in "$@"; do
    install "$file"
done
