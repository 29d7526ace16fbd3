# SPDX-License-Identifier: LGPL-2.1-or-later
"""Control messages: STUN (RFC 8489) with the methods and attributes of docs/protocol.md, written and read."""
import base64
import binascii
import hashlib
import hmac
import os
import struct
import time

COOKIE = 0x2112A442
METHODS = {"connect": 0x0F1, "join": 0x0F2, "leave": 0x0F3, "describe": 0x0F4, "report": 0x0F5}
CLASSES = {0: "request", 1: "indication", 2: "success", 3: "error"}
CONNECT_SIZE = 512

USERNAME = 0x0006
MESSAGE_INTEGRITY = 0x0008
ERROR_CODE = 0x0009
LIFETIME = 0x000D
REALM = 0x0014
NONCE = 0x0015
PADDING = 0x0026
SESSION_ID = 0x7F01
CHANNELS = 0x7F02
GRANTS = 0x7F03
SERVER_TIME = 0x7F04
REPORTS = 0x7F05
DESCRIPTION = 0x7F06
MISSING = 0x7F07
REPORT_NUMBER = 0x7F08
ALTERNATE_SERVER = 0x8023
FINGERPRINT = 0x8028


def attribute(kind, value):
    return struct.pack("!HH", kind, len(value)) + value + bytes(-len(value) % 4)


def header(method, size, transaction):
    """Of a request: the class bits are zero."""
    kind = (method & 0x00F) | (method & 0x070) << 1 | (method & 0xF80) << 2
    return struct.pack("!HHI", kind, size, COOKIE) + transaction


def long_term_key(user, realm, password):
    return hashlib.md5(f"{user}:{realm}:{password}".encode()).digest()


def time_limited_login(secret, seconds):
    """A user's name that is good for so long, and its password, by coturn's convention."""
    user = f"{int(time.time() + seconds)}:somebody"
    return user, base64.b64encode(hmac.new(secret.encode(), user.encode(), hashlib.sha1).digest()).decode()


def channel_entry(name="", tsi=0, seconds=0, end=0):
    raw = name.encode()
    return struct.pack("!IIQB", tsi, seconds, end, len(raw)) + raw


def missing_entry(tsi, toi, count, sbn=0, seq=0):
    return struct.pack("!IIBBHI", tsi, toi, sbn, 0, seq, count)


def report_entry(tsi, highest=0, received=0, lost=0, jitter=0):
    return struct.pack("!IIIII", tsi, highest, received, lost, jitter)


def write_request(method, attributes, transaction=None, key=None, good_fingerprint=True, size=0):
    """A request; `attributes` is a list of (number, value). It is padded to `size` bytes and signed with `key`."""
    transaction = transaction or os.urandom(12)
    body = b"".join(attribute(kind, value) for kind, value in attributes)
    tail = 8 + (24 if key else 0)
    lacking = size - 20 - len(body) - tail
    if lacking >= 4:
        body += attribute(PADDING, bytes(lacking - 4 & ~3))
    if key:
        signed = header(METHODS[method], len(body) + 24, transaction) + body
        body += attribute(MESSAGE_INTEGRITY, hmac.new(key, signed, hashlib.sha1).digest())
    message = header(METHODS[method], len(body) + 8, transaction) + body
    fingerprint = binascii.crc32(message) ^ 0x5354554E ^ (0 if good_fingerprint else 1)
    return message + attribute(FINGERPRINT, struct.pack("!I", fingerprint))


def read_grants(value):
    return [dict(zip(("tsi", "error", "zero", "end"), struct.unpack_from("!IHHQ", value, at)))
            for at in range(0, len(value), 16)]


def read_error(value):
    return {"error": value[2] * 100 + value[3], "reason": value[4:].decode(errors="replace")}


def read_address(value):
    port, = struct.unpack_from("!H", value, 2)
    text = ".".join(str(byte) for byte in value[4:8]) if value[1] == 1 else value[4:20].hex(":", 2)
    return f"{text}:{port}"


READERS = {
    ERROR_CODE: read_error,
    LIFETIME: lambda value: {"lifetime": struct.unpack("!I", value)[0]},
    REALM: lambda value: {"realm": value.decode()},
    NONCE: lambda value: {"nonce": value.decode()},
    SESSION_ID: lambda value: {"session": struct.unpack("!Q", value)[0]},
    GRANTS: lambda value: {"grants": read_grants(value)},
    SERVER_TIME: lambda value: {"time": struct.unpack("!Q", value)[0]},
    DESCRIPTION: lambda value: {"description": value.decode()},
    ALTERNATE_SERVER: lambda value: {"alternate": read_address(value)},
}


def is_message(data):
    return len(data) >= 20 and data[0] < 0x10


def read(data):
    """A message as a dictionary: method, class, transaction, size, and what its attributes say."""
    kind, size, cookie = struct.unpack_from("!HHI", data)
    method = kind & 0x0F | kind >> 1 & 0x70 | kind >> 2 & 0xF80
    message = {"method": {number: name for name, number in METHODS.items()}.get(method, method),
               "class": CLASSES[kind >> 7 & 2 | kind >> 4 & 1], "transaction": data[8:20], "size": len(data)}
    assert cookie == COOKIE and size == len(data) - 20
    at = 20
    while at + 4 <= len(data):
        number, length = struct.unpack_from("!HH", data, at)
        if number in READERS:
            message.update(READERS[number](data[at + 4:at + 4 + length]))
        at += 4 + length + (-length % 4)
    return message
