#!/usr/bin/env bash
# Builds every package for every system the project supports, with CGO off.
set -euo pipefail
cd "$(dirname "$0")/.."

export CGO_ENABLED=0
for target in linux/arm/6 linux/arm/7 linux/arm64 linux/riscv64 linux/amd64 linux/386 \
	darwin/arm64 windows/amd64; do
	IFS=/ read -r os arch arm <<<"$target"
	echo "build $target"
	GOOS=$os GOARCH=$arch GOARM=$arm go build ./...
done
# What compiles only in tests must compile there too.
for target in darwin/arm64 windows/amd64; do
	echo "vet $target"
	GOOS=${target%/*} GOARCH=${target#*/} go vet ./...
done
