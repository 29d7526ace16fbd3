#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# check-codec.sh BENCH-CODEC: that the codec's benchmark runs, that all its outputs are right, and that its file is
# JSON from which the page and the plot can be made. No time is judged.
set -euo pipefail
performance_page=$(dirname "$0")/../../scripts/performance-page
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

"$1" --check --json "$dir/codec.json"
python3 -m json.tool "$dir/codec.json" >"$dir/pretty.json"
for name in encode-cached encode-cold decode-loss decode-repair-only plan memory failure-rate; do
  grep -q "\"name\": \"$name\"" "$dir/pretty.json" || { echo "no row $name" >&2; exit 1; }
done
cp "$(dirname "$0")/../../docs/performance.md" "$dir/page.md"
"$performance_page" --page "$dir/page.md" --plot "$dir/plot.svg" "$dir/codec.json"
grep -q '<polyline' "$dir/plot.svg"
