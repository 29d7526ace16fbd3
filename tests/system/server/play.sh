#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# fec-server serves and fec-get receives: a launch line, a looped file, a source that fails; and what they say when it
# cannot be.
. "$(dirname "$0")/lib.sh"
conf=$work/test.conf
make_media "$work/film.mp4" 2

cat >"$conf" <<END
[server]
address=127.0.0.1
port=0
[channel live]
launch=videotestsrc is-live=true ! video/x-raw,width=160,height=120,framerate=25/1 ! x264enc tune=zerolatency key-int-max=25 bitrate=300 ! mpegtsmux alignment=7
[channel film]
file=$work/film.mp4
[channel notes]
launch=audiotestsrc is-live=true samplesperbuffer=480
[channel group]
launch=videotestsrc is-live=true ! video/x-raw,width=160,height=120,framerate=25/1 ! x264enc tune=zerolatency key-int-max=25 bitrate=300 ! mpegtsmux alignment=7
multicast=239.255.77.$((RANDOM % 250 + 1)):$((RANDOM % 10000 + 20000))
interface=lo
[channel failing]
launch=videotestsrc is-live=true ! identity error-after=30 ! video/x-raw,width=32,height=32,framerate=25/1 ! x264enc tune=zerolatency ! mpegtsmux
END
start_server "$conf"
uri=fec://127.0.0.1:$port
expect_text "^$uri/live tsi 1$" "$work/out" "channels"
expect_text "^$uri/film tsi 2$" "$work/out" "channels"

# First, while it is tried often: a listener of a channel whose source fails gets more after the failure, with the lease it has.
"$FEC_GET" "$uri/failing" -o "$work/failing.ts" --duration 4 --quiet 2>"$work/err"
expect_status 0 $? "fec-get failing: $(cat "$work/err")"
seconds=$("$TS_CHECK" "$work/failing.ts" 0 | sed 's/.*, \([0-9]*\)\.[0-9]* s, .*/\1/')
[ "$seconds" -ge 2 ] || fail "only $seconds s of a source that fails every 1.6 s"
refuse_text 'TSI 5 any more: (expired|removed|silent)' "$work/log" "leases of the failing channel"

# A live channel is a transport stream from the first byte to the last.
"$FEC_GET" "$uri/live" -o "$work/live.ts" --duration 2 --stats-json "$work/live.json" --quiet 2>"$work/err"
expect_status 0 $? "fec-get live: $(cat "$work/err")"
"$TS_CHECK" "$work/live.ts" 1.5 >"$work/ts" || fail "live: $(cat "$work/ts")"
expect_text '"exit-status" : 0' "$work/live.json" "statistics"
expect_text '"first-byte-ms" : [0-9]' "$work/live.json" "statistics"
expect_text '"packets-received" : [1-9]' "$work/live.json" "statistics"
expect_text "\"bytes\" : $(stat -c %s "$work/live.ts")," "$work/live.json" "statistics"

# A file of 2 s is looped: 5 s of it come without a break. Standard output carries media only.
"$FEC_GET" "$uri/film" -o - --duration 5 >"$work/film.ts" 2>"$work/err"
expect_status 0 $? "fec-get film: $(cat "$work/err")"
"$TS_CHECK" "$work/film.ts" 4.5 >"$work/ts" || fail "film: $(cat "$work/ts")"

# Records: the payloads one behind the other.
"$FEC_GET" "$uri/notes" -o "$work/notes" --duration 1 --quiet 2>"$work/err"
expect_status 0 $? "fec-get notes: $(cat "$work/err")"
[ "$(stat -c %s "$work/notes" 2>/dev/null || echo 0)" -gt 1000 ] || fail "no payload of records"

# The same channel from its multicast group.
"$FEC_GET" "$uri/group" -o "$work/group.ts" --duration 1 --protocols udp-mcast --interface lo \
  --stats-json "$work/group.json" --quiet 2>"$work/err"
expect_status 0 $? "fec-get group: $(cat "$work/err")"
"$TS_CHECK" "$work/group.ts" 0.5 >"$work/ts" || fail "group: $(cat "$work/ts")"

# What cannot be is said before or instead of receiving, and makes no file.
"$FEC_GET" "$uri/nosuch" -o "$work/none" --quiet 2>"$work/err"
expect_status 1 $? "unknown channel"
expect_text "$uri/nosuch: " "$work/err" "unknown channel"
[ -e "$work/none" ] && fail "a file was made for an unknown channel"
"$FEC_GET" "$uri/live" -o "$work/nosuch/file" 2>"$work/err"
expect_status 1 $? "output folder that is not there"
expect_text 'cannot write to .*No such file or directory' "$work/err" "output folder that is not there"
"$FEC_GET" "$uri/live" -o "$work" 2>"$work/err"
expect_status 1 $? "output is a folder"
"$FEC_GET" "$uri/live" -o /dev/full --duration 5 --quiet 2>"$work/err"
expect_status 1 $? "disk full"
expect_text 'No space left' "$work/err" "disk full"
"$FEC_GET" http://127.0.0.1/ 2>"$work/err"
expect_status 2 $? "no fec:// URI"
"$FEC_GET" 2>"$work/err"
expect_status 2 $? "no URI"
"$FEC_GET" "$uri/live" --protocols carrier-pigeon 2>"$work/err"
expect_status 2 $? "unknown protocol"

# Ended by the user: statistics all the same.
"$FEC_GET" "$uri/live" -o "$work/int.ts" --stats-json "$work/int.json" --quiet &
get=$!
wait_for 10 test -s "$work/int.ts" || fail "nothing came"
kill -INT $get
wait $get
expect_status 0 $? "fec-get interrupted"
expect_text '"error" : null' "$work/int.json" "statistics after an interrupt"

# The failing channel was tried again and again and the others went on.
wait_for 10 grep -q 'failing: .*next try' "$work/log" || fail "the failure was not logged"
refuse_text 'channel (live|film|notes):' "$work/log" "other channels"

# Statistics on request.
kill -USR1 "$server_pid"
wait_for 10 grep -q 'live: application/x-fec-channel-stats.*state=(string)running' "$work/log" || fail "no statistics at SIGUSR1"

# The port is taken: said so, nothing started.
sed "s/^port=.*/port=$port/" "$conf" >"$work/same.conf"
"$FEC_SERVER" --config "$work/same.conf" >"$work/out2" 2>"$work/err"
expect_status 1 $? "port in use"
expect_text "$port" "$work/err" "port in use"
[ -s "$work/out2" ] && fail "port in use: something was started"

# A clean end: listeners get the end of the stream.
"$FEC_GET" "$uri/live" -o "$work/end.ts" --quiet 2>"$work/err" &
get=$!
wait_for 10 test -s "$work/end.ts" || fail "nothing came"
stop_server
expect_status 0 "$status" "fec-server at SIGTERM"
wait $get
expect_status 0 $? "fec-get at the end of the stream: $(cat "$work/err")"
refuse_text 'ERROR|CRITICAL|Sanitizer' "$work/log" "log"

# Nobody there.
"$FEC_GET" "$uri/live" -o "$work/none" --timeout 1 --quiet 2>"$work/err"
expect_status 1 $? "no server"
[ -s "$work/err" ] || fail "no server: no message"
conclude
