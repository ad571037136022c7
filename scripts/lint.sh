#!/usr/bin/env bash
# Format, vet, staticcheck over the whole module; any finding fails.
set -euo pipefail
cd "$(dirname "$0")/.."

unformatted=$(git ls-files -co --exclude-standard '*.go' | xargs -r go tool gofumpt -l)
if [[ -n $unformatted ]]; then
	echo "not formatted (go tool gofumpt -w FILE):"
	echo "$unformatted"
	exit 1
fi
go vet ./...
go vet -tags hil ./hil
go tool staticcheck ./...
go tool staticcheck -tags hil ./hil
