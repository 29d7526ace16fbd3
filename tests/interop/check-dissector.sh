#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# check-dissector.sh MAKE_CONTROL_CAPTURE BREAK_CAPTURE SCRIPT: the Lua dissector finds in control messages, packets and
# TCP frames what was put in, complains about what is broken and nothing else, and no bytes make it fail. Skipped (77)
# where there is no tshark with Lua.
set -euo pipefail
if ! command -v tshark >/dev/null; then
  echo "skipped: tshark is not installed"
  exit 77
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
# Its own configuration may turn dissectors off.
export HOME=$dir XDG_CONFIG_HOME=$dir
if ! tshark --version 2>/dev/null | tr '\n' ' ' | grep -q 'with Lua'; then
  echo "skipped: this tshark has no Lua"
  exit 77
fi

# dissect CAPTURE OPTION...: fails when the script has an error, wherever tshark tells it.
dissect () {
  local capture=$1
  shift
  tshark -X lua_script:"$script" -r "$capture" "$@" >"$dir/out" 2>"$dir/errors" ||
    { cat "$dir/errors" >&2; exit 1; }
  if grep -iE 'lua' "$dir/out" "$dir/errors" >&2; then
    exit 1
  fi
}

script=$3
# As docs/wireshark/README.md says: Wireshark's own dissector does not know our attributes.
quiet=(-o 'uat:expert_severity:"stun.unknown_attribute","Comment"')
"$1" "$dir/capture.pcap" >"$dir/wanted"
mapfile -t -d '|' columns < <(head -1 "$dir/wanted" | tr -d '\n')
dissect "$dir/capture.pcap" -T fields -E header=y -E separator='|' "${columns[@]/#/-e}"
# What Wireshark's own dissector says of attributes that it does not know, and of fingerprints that are broken with them.
sed -E 's/(Unknown attribute 0x7f0[1-8]|Bad Fingerprint \[[^]]*\]),?//g; s/,$//' "$dir/out" >"$dir/found"
diff -u "$dir/wanted" "$dir/found"
dissect "$dir/capture.pcap" "${quiet[@]}" -q -z 'expert,note,!gstfec.malformed && !gstfec_tcp.damaged'
if grep -E '^(Errors|Warns|Notes)' "$dir/out"; then
  cat "$dir/out"
  exit 1
fi

# A few of the texts that are for people.
dissect "$dir/capture.pcap" -V
for text in 'Error: no such session: connect anew (437)' 'End of the lease, microseconds: 1790000000123456 (2026-09-21' \
  'Early copy: True' 'CRC is right: False' 'Channel: camera/one'; do
  grep -qF "$text" "$dir/out" || { echo "not shown: $text" >&2; exit 1; }
done

# Broken at random: as many packets as went in, and no error of the script.
"$2" "$dir/capture.pcap" "$dir/broken.pcap" 30
dissect "$dir/broken.pcap" -V
sent=$((($(wc -l <"$dir/wanted") - 1) * 30))
found=$(grep -c '^Frame [0-9]*:' "$dir/out")
[ "$found" -eq "$sent" ] || { echo "$found broken packets of $sent" >&2; exit 1; }
echo "$((sent / 30)) packets as expected, $found broken ones dissected"
