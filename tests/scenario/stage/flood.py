# SPDX-License-Identifier: LGPL-2.1-or-later
"""Connect requests from addresses that nobody has."""
import random
import socket
import struct

from . import stun
from .controlclient import PORT
from .network import command

# A network of its own whose packets come back to the host that sent them in its name: four prefixes of the length that
# servers count challenges for.
NETWORK = "10.99.0.0/22"


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def datagram(source, target, source_port, payload):
    """An IPv4 packet with UDP in it; the UDP checksum is left out."""
    udp = struct.pack("!HHHH", source_port, PORT, 8 + len(payload), 0) + payload
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, socket.IPPROTO_UDP, 0,
                       source, socket.inet_aton(target))
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + udp


class Flood:
    """What was sent, and what the server answered, both with IP and UDP headers."""

    def __init__(self, network, source, target, count):
        """Sends `count` requests; the answers come back to `source`, where a packet filter counts and drops them."""
        self._source = source
        command(f"ip -n {target.name} route replace {NETWORK} via {source.ipv4}")
        command(f"nsenter --net={source.namespace} nft -f -",
                "table inet flood {\ncounter answers {}\nchain input {\ntype filter hook prerouting priority 0\n"
                f"ip daddr {NETWORK} counter name answers drop\n}}\n}}\n")
        request = stun.write_request("connect", [(stun.CHANNELS, stun.channel_entry("live"))], size=stun.CONNECT_SIZE)
        self._sent_bytes = count * (28 + len(request))
        draw = random.Random(1)
        sender = network.inside(source, lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW))
        with sender:
            for _ in range(count):
                address = bytes((10, 99, draw.randrange(4), draw.randrange(1, 255)))
                sender.sendto(datagram(address, target.ipv4, draw.randrange(1024, 65536), request), (target.ipv4, 0))

    def values(self):
        text = command(f"nsenter --net={self._source.namespace} nft list counter inet flood answers")
        return {"sent-bytes": self._sent_bytes, "answer-bytes": int(text.split("bytes")[1].split()[0])}

    def close(self):
        """Nothing is open."""
