#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every mistake in a configuration is named with file, line and key, and nothing is started then.
. "$(dirname "$0")/lib.sh"
conf=$work/test.conf
launch='launch=fakesrc is-live=true'

# wrong LINE PATTERN: the configuration on standard input is refused with that line number and message.
wrong() {
  cat >"$conf"
  "$FEC_SERVER" --config "$conf" >"$work/out" 2>"$work/err" </dev/null
  expect_status 2 $? "$2"
  expect_text "^fec-server: $conf:$1: .*$2" "$work/err" "message"
  [ -s "$work/out" ] && fail "$2: something was started: $(cat "$work/out")"
}

wrong 2 'unknown key prot' <<END
[server]
prot=1
[channel a]
$launch
END
wrong 2 '“70000” is not a whole number from 0 to 65535' <<END
[server]
port=70000
[channel a]
$launch
END
wrong 2 '“63x” is not a whole number' <<END
[server]
port=63x
[channel a]
$launch
END
wrong 2 '“localhorst” is not a numeric address' <<END
[server]
address=localhorst
[channel a]
$launch
END
wrong 1 'leases must be' <<END
[server]
lease-min=100
lease-max=50
[channel a]
$launch
END
wrong 2 '“localhost” is not a numeric address and port' <<END
[server]
alternates=localhost
[channel a]
$launch
END
wrong 2 '“101” is not a whole number from 0 to 100' <<END
[server]
breaker-loss=101
[channel a]
$launch
END
wrong 2 'pasword: is unknown; known are password, channels' <<END
[user ann]
pasword=sesame
password=sesame
[channel a]
$launch
END
wrong 1 '\[user ann\] has no password' <<END
[user ann]
channels=a
[channel a]
$launch
END
wrong 3 'channels: there is no channel between two commas' <<END
[user ann]
password=sesame
channels=a,,b
[channel a]
$launch
END
wrong 2 'password: there is nothing behind the =' <<END
[user ann]
password=
[channel a]
$launch
END
wrong 2 'secret-channels: there is no secret' <<END
[auth]
secret-channels=a
[channel a]
$launch
END
wrong 3 'section user ann is there already, on line 1' <<END
[user ann]
password=sesame
[user ann]
password=open
[channel a]
$launch
END
wrong 3 'unknown section \[sever\]' <<END
[channel a]
$launch
[sever]
END
wrong 1 'has no source' <<END
[channel a]
repair=10
END
wrong 3 'file: there is a launch already' <<END
[channel a]
$launch
file=/dev/null
END
wrong 3 'section channel a is there already, on line 1' <<END
[channel a]
$launch
[channel a]
$launch
END
wrong 2 '“some” is neither auto nor a whole number from 0 to 1000' <<END
[channel a]
repair=some
$launch
END
wrong 3 'key repair is there already, on line 2' <<END
[channel a]
repair=1
repair=2
$launch
END
wrong 3 'there is a channel “a” already' <<END
[channel a]
$launch
[channel  a]
$launch
END
wrong 6 'tsi: \[channel a\] has the same already' <<END
[channel a]
tsi=7
$launch
# b
[channel b]
tsi=7
$launch
END
wrong 6 'multicast: \[channel a\] has the same already' <<END
[channel a]
$launch
multicast=239.255.0.1:5000
[channel b]
$launch
multicast=239.255.0.1:5000
END
wrong 3 '“10.0.0.1:5000” is not a multicast group' <<END
[channel a]
$launch
multicast=10.0.0.1:5000
END
wrong 3 '“239.1.1.1” is not a multicast group and port' <<END
[channel a]
$launch
multicast=239.1.1.1
END
wrong 3 'there is no network interface “nosuchif0”' <<END
[channel a]
$launch
interface=nosuchif0
END
wrong 3 '“rawish” is none of auto, raw, records' <<END
[channel a]
$launch
framing=rawish
END
for range in 2/2 1 a/2 0/65 1/2/3 -1/2; do
  wrong 3 "$range.* is not a range such as 1/2" <<END
[channel a]
$launch
esi-range=$range
END
done
wrong 3 '“perhaps” is neither true nor false' <<END
[channel a]
$launch
loop=perhaps
END
wrong 1 'cannot be the name of a channel' <<END
[channel /a b]
$launch
END
wrong 2 'neither a section nor KEY=VALUE' <<END
[channel a]
what is this
END
wrong 1 'stands before the first section' <<END
repair=1
[channel a]
$launch
END
wrong 2 'launch: .*nosuchelement' <<END
[channel a]
launch=videotestsrc ! nosuchelement
END
wrong 2 'launch: .*no unlinked source pad' <<END
[channel a]
launch=videotestsrc ! fakesink
END
wrong 2 'launch: .*nosuchproperty' <<END
[channel a]
launch=videotestsrc nosuchproperty=1
END
wrong 2 'uri: .*nosuchscheme' <<END
[channel a]
uri=nosuchscheme://host/
END
wrong 2 'file: there is no file' <<END
[channel a]
file=/nonexistent/film.mp4
END
head -c 5000 /dev/zero >"$work/zeros.mp4"
wrong 2 'file: ' <<END
[channel a]
file=$work/zeros.mp4
END
printf 'just a text\n' >"$work/text.mp4"
wrong 2 'file: ' <<END
[channel a]
file=$work/text.mp4
END
wrong 2 'file: ' <<END
[channel a]
file=$work
END

# Everything that is wrong is told at once.
cat >"$conf" <<END
[server]
port=x
[channel a]
ttl=999
END
"$FEC_SERVER" --config "$conf" >"$work/out" 2>"$work/err"
expect_status 2 $? "many mistakes"
expect_text ":2: .*port" "$work/err" "first mistake"
expect_text ":4: .*ttl" "$work/err" "second mistake"
expect_text ":3: .*has no source" "$work/err" "third mistake"

printf '[server]\nport=0\n' >"$conf"
"$FEC_SERVER" --config "$conf" >"$work/out" 2>"$work/err"
expect_status 2 $? "no channel"
expect_text 'there is no channel' "$work/err" "no channel"

"$FEC_SERVER" --config "$work/nosuch.conf" >"$work/out" 2>"$work/err"
expect_status 2 $? "no file"
expect_text 'nosuch.conf' "$work/err" "no file"

"$FEC_SERVER" >"$work/out" 2>"$work/err"
expect_status 2 $? "no --config"
expect_text '--config FILE is missing' "$work/err" "no --config"

# A good one is not started with --check.
make_media "$work/film.mp4" 1
cat >"$conf" <<END
# a good one
[server]
address = 127.0.0.1
port = 0
lease-default = 30
max-sessions-per-prefix = 100
max-connections = 50
max-egress = 1000000000
breaker-loss = 40
breaker-time = 20
breaker-pause = 60
alternates = 192.0.2.2, [2001:db8::2]:7000
redirect = false

[auth]
realm = example
secret = north
secret-channels = live/*
anonymous-channels = film

[user ann]
password = sesame
channels = live/one, f*

[channel live/one]
launch = videotestsrc is-live=true ! video/x-raw,width=64,height=48 ! x264enc ! mpegtsmux
repair = 30
multicast = [ff15::1]:5000

[channel film]
file = $work/film.mp4
tsi = 1
repair = auto
block-duration = 100
END
"$FEC_SERVER" --config "$conf" --check >"$work/out" 2>"$work/err"
expect_status 0 $? "--check of a good configuration"
[ -s "$work/out" ] && fail "--check printed something"
"$FEC_SERVER" --version | grep -qE '^fec-server [0-9.]+$' || fail "--version"
conclude
