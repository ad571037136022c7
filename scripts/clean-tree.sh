#!/usr/bin/env bash
# Runs a command and fails if that changed any file git sees: what is generated and
# committed must be what the generators make today.
set -euo pipefail
cd "$(dirname "$0")/.."

state() { git status --porcelain=v1 && git diff && git ls-files -o --exclude-standard | xargs -r sha256sum; }
before=$(state)
"$@"
if [[ $(state) != "$before" ]]; then
	echo "'$*' changed the tree:"
	git status --short
	exit 1
fi
