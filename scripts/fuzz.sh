#!/usr/bin/env bash
# Runs every fuzz target of the module in turn, each for the time given (30s).
set -euo pipefail
cd "$(dirname "$0")/.."

time=${1:-30s}
found=0
while IFS=: read -r file name; do
	found=$((found + 1))
	echo "== ${file%/*} $name"
	go test -run '^$' -fuzz "^$name\$" -fuzztime "$time" "./${file%/*}"
done < <(git ls-files -co --exclude-standard '*_test.go' |
	xargs grep -oE '^func Fuzz[A-Za-z0-9_]*' /dev/null | sed 's/func //' | sort)
echo "$found fuzz targets, $time each"
[[ $found -gt 0 ]]
