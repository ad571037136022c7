#!/usr/bin/env bash
# Our server, softIoc and caproto's server in turn under one load program. Arguments
# go to the program (-h lists them); it writes docs/performance.md with -o.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/venv.sh
CGO_ENABLED=0 go build -o bin/benchpeers ./bench
exec bin/benchpeers -o docs/performance.md "$@"
