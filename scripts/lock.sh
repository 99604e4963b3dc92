#!/usr/bin/env bash
# Write requirements.lock and requirements-torch.lock anew: every package of the image with the
# hashes of its files. Run it after a change of requirements.txt.
set -euo pipefail
cd "$(dirname "$0")/.."

UV=uv==0.13.9
locker=$(mktemp -d)
trap 'rm -rf "$locker"' EXIT
"${PYTHON:-python3}" -m venv "$locker"
"$locker/bin/python" -m pip install --disable-pip-version-check --quiet "$UV"
"$locker/bin/uv" pip compile --quiet --universal --generate-hashes --python-version 3.11 \
    --no-header --no-annotate --no-emit-index-url requirements.txt --output-file "$locker/all"

# torch apart, with what it needs of CUDA: a CPU build of it comes from another place.
split() {
    awk -v pattern='^(torch|triton|cuda-|nvidia-)' -v wanted="$1" \
        '/^[a-z]/ { ours = ($0 ~ pattern && $0 !~ /^torchvision/) } ours == wanted' "$locker/all"
}
note="# Written by scripts/lock.sh from requirements.txt."
{ echo "$note"; split 0; } >requirements.lock
{ echo "$note"; split 1; } >requirements-torch.lock
