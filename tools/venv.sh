#!/bin/sh
# Makes or mends .venv from a lock: tools/venv.sh run|dev
# Does nothing when it is current, so every make target may call it. Needs Python 3.11+ with venv.
set -eu
kind=$1
lock=requirements/$kind.lock.txt
# A virtual environment holds absolute paths: one that was moved or copied is made anew.
current="$(cksum <"$lock") $(cksum <pyproject.toml) $PWD"

for known in dev "$kind"; do
    stamp=.venv/$known.stamp
    if [ -f "$stamp" ] && [ -x .venv/bin/python ]; then
        wanted="$(cksum <"requirements/$known.lock.txt") $(cksum <pyproject.toml) $PWD"
        [ "$(cat "$stamp")" = "$wanted" ] && exit 0
    fi
done

find_python() {
    for candidate in "${PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11; do
        [ -n "$candidate" ] || continue
        "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue
        echo "$candidate"
        return
    done
    echo "error: no Python 3.11 or newer: this project needs it to run" >&2
    echo >&2
    echo "hint: install one, or name it: make PYTHON=/path/to/python3.12 ..." >&2
    exit 69
}

python=$(find_python)
if [ ! -x .venv/bin/python ] || [ "$(cat .venv/place 2>/dev/null)" != "$PWD" ]; then
    echo "making .venv with $("$python" --version)" >&2
    rm -rf .venv
    if ! "$python" -m venv .venv; then
        rm -rf .venv
        echo "error: $python cannot make a virtual environment: its venv module is missing" >&2
        echo >&2
        echo "hint: on Debian and Ubuntu: apt-get install python3-venv" >&2
        exit 69
    fi
    echo "$PWD" >.venv/place
fi
rm -f .venv/*.stamp
echo "installing $(grep -c == "$lock") pinned packages of $lock (about half a minute)" >&2
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation \
    --editable .
echo "$current" >".venv/$kind.stamp"
