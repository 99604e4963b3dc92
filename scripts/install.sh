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

# Two installs at once would build .venv over each other; the later one waits and finds it done.
# The lock lies on this file and ends with the program.  Where flock is missing, nobody waits.
take_turns() {
    command -v flock >/dev/null || return 0
    exec 9<scripts/install.sh
    if ! flock -n 9; then
        echo "Another install is under way; waiting for its end"
        flock 9
    fi
}

# The Python that was named, and no other one.
check_named_python() {
    command -v "$PYTHON" >/dev/null || fail "PYTHON names $PYTHON, and there is no such program"
    is_new_enough "$PYTHON" ||
        fail "PYTHON names $PYTHON, which is no Python 3.11 or newer: skinapp needs one"
}

# The interpreter behind a virtual environment, or the interpreter itself.
interpreter_of() {
    "$1" -c 'import os, sys; print(os.path.realpath(sys._base_executable))'
}

find_python() {
    local name
    if [ -n "${PYTHON:-}" ]; then
        echo "$PYTHON"
        return
    fi
    # The versions are pinned and tested with 3.11, so it comes first.
    for name in python3.11 python3 python3.12 python3.13; do
        if command -v "$name" >/dev/null && is_new_enough "$name"; then
            echo "$name"
            return
        fi
    done
    fail "skinapp needs Python 3.11 or newer. Install it (Debian, Ubuntu: apt install python3.11" \
        "python3.11-venv), or name it: PYTHON=/path/to/python3.11 make run"
}

make_venv() {
    if [ -n "${PYTHON:-}" ]; then
        check_named_python
    fi
    if [ -x .venv/bin/python ] && is_new_enough .venv/bin/python &&
        .venv/bin/python -c 'import pip' 2>/dev/null; then
        if [ -n "${PYTHON:-}" ] &&
            [ "$(interpreter_of "$PYTHON")" != "$(interpreter_of .venv/bin/python)" ]; then
            fail "PYTHON names $PYTHON, but .venv was made with" \
                "$(interpreter_of .venv/bin/python). To make it anew: make clean"
        fi
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

take_turns
make_venv
for file in "$@"; do
    install "$file"
done
