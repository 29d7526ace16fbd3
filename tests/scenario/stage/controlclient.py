# SPDX-License-Identifier: LGPL-2.1-or-later
"""Clients that speak the control protocol by hand, message by message, right or wrong."""
import socket
import struct
import time

from . import stun
from .language import ScenarioError

PORT = 6330
PACKET_HEADER = 40
REPLACEMENT = 0x08  # of EXT_BLOCK's flags: made for this client, in the place of a lost one


class ControlClient:
    """One socket of a host, to one server. What came last can be looked at: `answer`, and counts."""

    def __init__(self, server, ipv6, tcp):
        self.answer = {}
        self.counts = {"answers": 0, "packets": 0, "replacements": 0, "jumps": 0,
                       "sent-bytes": 0, "answer-bytes": 0, "closed": False}
        self._tcp = tcp
        self._pending = b""
        self._last = b""  # the request sent last
        self._nonce = None
        self._realm = "gst-fec"
        self._session = None
        self._number = 0
        self._socket = socket.socket(socket.AF_INET6 if ipv6 else socket.AF_INET,
                                     socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM)
        if tcp:
            self._socket.settimeout(5)
        self._socket.connect((server, PORT))
        self._socket.setblocking(False)

    # ---- requests ----

    def send(self, method, options):
        """Sends a request; README.md tells the options. Without `nonce` and `session` the last ones are used."""
        if method == "again":
            self._write(self._last)
            return
        if method == "garbage":
            self._write(bytes.fromhex(options["hex"]))
            return
        if method not in stun.METHODS:
            raise ScenarioError(f"{method}: one of {', '.join(stun.METHODS)}, again, garbage")
        user = options.get("user")
        key = stun.long_term_key(user, self._realm, options.get("password", "")) if user else None
        size = int(options.get("size", stun.CONNECT_SIZE if method == "connect" else 0))
        self._write(stun.write_request(method, self._attributes(options), key=key, size=size,
                                       good_fingerprint=options.get("fingerprint") != "wrong"))

    def _attributes(self, options):
        attributes = []
        nonce = options.get("nonce", self._nonce)
        session = options.get("session", self._session)
        if session not in (None, "none"):
            attributes.append((stun.SESSION_ID, struct.pack("!Q", int(session))))
        if "user" in options:
            attributes += [(stun.USERNAME, options["user"].encode()), (stun.REALM, self._realm.encode())]
        if nonce not in (None, "none"):
            attributes.append((stun.NONCE, nonce.encode()))
        return attributes + self._lists(options)

    def _lists(self, options):
        attributes = []
        if "channel" in options or "channels" in options:
            names = options.get("channels", options.get("channel", "")).split(",")
            end = time.time() + float(options["end-in"]) if "end-in" in options else 0
            attributes.append((stun.CHANNELS, b"".join(
                stun.channel_entry(name, 0, int(options.get("lease", 0)), int(end * 1e6)) for name in names)))
        if "lost" in options:
            attributes.append((stun.REPORTS, stun.report_entry(
                int(options.get("tsi", 1)), 0, int(options.get("received", 0)), int(options["lost"]))))
        if "missing" in options:
            self._number += 1
            attributes += [(stun.MISSING, stun.missing_entry(int(options.get("tsi", 1)), int(options["toi"]),
                                                             int(options["missing"]), seq=int(options.get("seq", 0)))),
                           (stun.REPORT_NUMBER, struct.pack("!I", int(options.get("number", self._number))))]
        if "attribute" in options:
            attributes.append((int(options["attribute"], 0), b"\0\0\0\0"))
        return attributes

    def _write(self, message):
        self._last = message
        self.answer = {}
        self.counts["sent-bytes"] += len(message)
        try:
            self._socket.send(struct.pack("!H", len(message)) + message if self._tcp else message)
        except OSError:
            self.counts["closed"] = self._tcp

    # ---- answers ----

    def read(self):
        """Takes what has come."""
        try:
            while not self.counts["closed"]:
                data = self._socket.recv(65536)
                if self._tcp:
                    self._take_stream(data)
                else:
                    self._take(data)
        except BlockingIOError:
            pass
        except ConnectionError:
            self.counts["closed"] = self._tcp

    def _take_stream(self, data):
        if not data:
            self.counts["closed"] = True
        self._pending += data
        while len(self._pending) >= 2:
            size, = struct.unpack_from("!H", self._pending)
            if len(self._pending) < 2 + size:
                return
            self._take(self._pending[2:2 + size])
            self._pending = self._pending[2 + size:]

    def _take(self, data):
        if not stun.is_message(data):
            self._take_packet(data)
            return
        self.answer = stun.read(data)
        self.counts["answers"] += 1
        self.counts["answer-bytes"] += len(data)
        self._nonce = self.answer.get("nonce", self._nonce)
        self._realm = self.answer.get("realm", self._realm)
        self._session = self.answer.get("session", self._session)

    def _take_packet(self, packet):
        """Counts a packet, and keeps the numbers of the newest one for reports."""
        if len(packet) < PACKET_HEADER:
            return
        self.counts["packets"] += 1
        if packet[17] & REPLACEMENT:
            self.counts["replacements"] += 1
            return
        before = self.counts.get("seq")
        self.counts["seq"], self.counts["toi"] = struct.unpack_from("!6xH4xI", packet)
        if before is not None and self.counts["seq"] != (before + 1) % 65536:
            self.counts["jumps"] += 1

    def values(self):
        self.read()
        return {"nonce": self._nonce, "session": self._session, **self.counts, **self.answer}

    def close(self):
        self._socket.close()
        self.counts["closed"] = True
