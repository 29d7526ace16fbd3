#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# check-tshark.sh MAKE_CAPTURE: Wireshark's dissector finds in our packets what we have put in, and nothing to complain
# about. Skipped (77) where there is no tshark.
set -euo pipefail
if ! command -v tshark >/dev/null; then
  echo "skipped: tshark is not installed"
  exit 77
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
# Its own configuration may turn dissectors off.
export HOME=$dir XDG_CONFIG_HOME=$dir
"$1" "$dir/capture.pcap"

dissect () {
  tshark -r "$dir/capture.pcap" -d udp.port==6330,alc "$@" 2>"$dir/errors" || { cat "$dir/errors" >&2; exit 1; }
}

# version, codepoint, header length, CCI, TSI, TOI, A, B, FEC Encoding ID, F, T, Z, N, Al, SBN, ESI, expert, malformed
dissect -T fields -E separator='|' \
  -e rmt-lct.version -e rmt-lct.codepoint -e rmt-lct.hlen -e rmt-lct.cci -e rmt-lct.tsi -e rmt-lct.toi \
  -e rmt-lct.flags.close_session -e rmt-lct.flags.close_object -e rmt-fec.encoding_id \
  -e rmt-fec.fti.transfer_length -e rmt-fec.fti.encoding_symbol_length -e rmt-fec.fti.num_blocks \
  -e rmt-fec.fti.num_subblocks -e rmt-fec.fti.alignment -e rmt-fec.sbn -e rmt-fec.esi \
  -e _ws.expert.message -e _ws.malformed >"$dir/found"

expected () {
  local esi oti close
  for esi in {0..11} 16777215; do
    oti='|||||' close=0
    [ "$esi" -lt 9 ] || oti='|13340|1344|1|1|4'
    [ "$esi" -lt 11 ] || close=1
    seq=$esi
    [ "$esi" -lt 12 ] || seq=12
    printf '1|6|36|0001%04x|305419896|4294967280|%u|%u|6%s|0|0x%08x||\n' "$seq" "$close" "$close" "$oti" "$esi"
  done
}

expected >"$dir/wanted"
diff -u "$dir/wanted" "$dir/found"

dissect -q -z expert >"$dir/expert"
if [ -s "$dir/expert" ] && grep -qE '^(Errors|Warns|Notes)' "$dir/expert"; then
  cat "$dir/expert"
  exit 1
fi
echo "13 packets dissected, no expert warning"
