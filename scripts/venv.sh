#!/usr/bin/env bash
# Makes .venv with the foreign EPICS programs of interop/requirements.txt, once for
# each content of that file. Without Python (or without the registry) it says loudly
# what will be skipped and succeeds; with CI=true that is a failure.
set -euo pipefail
cd "$(dirname "$0")/.."

want=$(sha256sum interop/requirements.txt | cut -d' ' -f1)
# A new python3 leaves an environment behind that has the right content and does not work.
if [[ $(cat .venv/requirements.sha256 2>/dev/null) == "$want" ]] &&
	.venv/bin/python -c 'import epics, caproto, aioca, epicscorelibs' 2>/dev/null; then
	exit 0
fi

without() {
	echo "*** no Python environment: $1; the tests against foreign EPICS programs WILL BE SKIPPED ***" >&2
	[[ ${CI:-} == true ]] && exit 1
	exit 0
}

python=$(command -v "${PYTHON:-python3}") || without "${PYTHON:-python3} is not installed"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || without "Python 3.11 or newer is needed"

echo "making .venv from interop/requirements.txt (once)" >&2
rm -rf .venv
"$python" -m venv .venv || without "python3 -m venv failed (on Debian: apt-get install python3-venv)"
# Wheels only: nothing may be compiled or run at install time. --no-deps with pip check
# proves that the file names every dependency.
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: \
	-r interop/requirements.txt >&2 || without "pip install failed"
.venv/bin/python -m pip check --disable-pip-version-check >&2 || without "interop/requirements.txt is incomplete"
echo "$want" >.venv/requirements.sha256
