#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Interoperability with the npm package raptorq: run.sh HELPER WORKDIR
# Installs the package into WORKDIR (kept for the next run). Exit status 77, with the reason, when node, npm or the
# registry is not there.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
helper=$(realpath "$1")
mkdir -p "$2"
cd "$2"

for tool in node npm; do
  if ! command -v "$tool" >/dev/null; then
    echo "skipped: $tool is not installed"
    exit 77
  fi
done
cp "$here"/package.json "$here"/package-lock.json "$here"/exchange.mjs .
if ! cmp -s package-lock.json node_modules/.installed; then
  if ! timeout 60 npm ci --no-audit --no-fund >npm.log 2>&1; then
    echo "skipped: npm could not install the package raptorq:"
    tail -n 5 npm.log
    exit 77
  fi
  cp package-lock.json node_modules/.installed
fi
exec node exchange.mjs "$helper"
