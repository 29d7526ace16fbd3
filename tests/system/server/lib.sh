# SPDX-License-Identifier: LGPL-2.1-or-later
# lib.sh: what the tests of fec-server and fec-get share: a folder of their own, asserts, a server that is gone at the
# end. Expects FEC_SERVER, FEC_GET and TS_CHECK (programs) in the environment.
set -u
work=$(mktemp -d "${TMPDIR:-/tmp}/fec-server-test-XXXXXX")
server_pid=
failures=0

finish() {
  [ -n "$server_pid" ] && kill -KILL "$server_pid" 2>/dev/null
  rm -rf "$work"
}
trap finish EXIT

fail() {
  echo "FAILED: $*"
  failures=$((failures + 1))
}

# die MESSAGE: nothing further makes sense.
die() {
  echo "FAILED: $*"
  exit 1
}

# expect_status WANTED GOT WHAT
expect_status() {
  [ "$1" = "$2" ] || fail "$3: exit status $2, not $1"
}

# expect_text PATTERN FILE WHAT
expect_text() {
  grep -qE -- "$1" "$2" || { fail "$3: no “$1” in:"; sed 's/^/    /' "$2"; }
}

# refuse_text PATTERN FILE WHAT
refuse_text() {
  grep -qE -- "$1" "$2" && { fail "$3: “$1” in:"; sed 's/^/    /' "$2"; }
}

# wait_for SECONDS COMMAND...: until it succeeds.
wait_for() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ $SECONDS -lt $end ] || return 1
    read -rt 0.05 <> <(:) || :
  done
}

# Whether the channels are printed, or never will be.
server_said_all() {
  grep -q '^fec://' "$work/out" || ! kill -0 "$server_pid" 2>/dev/null
}

# start_server CONFIG: sets server_pid and port; output in $work/out, log in $work/log.
start_server() {
  "$FEC_SERVER" --config "$1" -v >"$work/out" 2>"$work/log" &
  server_pid=$!
  wait_for 20 server_said_all
  kill -0 "$server_pid" 2>/dev/null || { cat "$work/log"; die "the server does not start"; }
  port=$(sed -n 's/^fec-server .* port \([0-9]*\)$/\1/p' "$work/out")
}

# stop_server: asks it to end; sets status.
stop_server() {
  kill -TERM "$server_pid"
  wait "$server_pid"
  status=$?
  server_pid=
}

# make_media FILE SECONDS: H.264 and AAC in MP4. Without our plugin, which gst-launch-1.0 cannot load when it is built
# with a sanitizer.
make_media() {
  env -u GST_PLUGIN_PATH_1_0 -u GST_PLUGIN_SYSTEM_PATH_1_0 -u LD_PRELOAD \
    GST_REGISTRY="${GST_REGISTRY:-$work/registry}.media" gst-launch-1.0 -q videotestsrc num-buffers=$(($2 * 25)) ! video/x-raw,width=160,height=120,framerate=25/1 ! \
    x264enc bitrate=200 key-int-max=25 ! h264parse ! mp4mux name=m ! filesink location="$1" \
    audiotestsrc num-buffers=$(($2 * 47)) samplesperbuffer=1024 ! audio/x-raw,rate=48000,channels=2 ! \
    avenc_aac ! aacparse ! m. || die "cannot make media"
}

conclude() {
  [ "$failures" = 0 ] || exit 1
  echo "all well"
}
