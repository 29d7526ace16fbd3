# SPDX-License-Identifier: LGPL-2.1-or-later
"""Hosts, which are network namespaces on one bridge, and what happens to packets between them."""
import ctypes
import dataclasses
import ipaddress
import os
import subprocess

from .language import NotHere, ScenarioError

BRIDGE = "br0"
_libc = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000

# What a rule can be about, as nft has it. Packets and control messages of ours are told by their first byte.
MATCHES = {
    "all": "",
    "udp": "meta l4proto udp",
    "tcp": "meta l4proto tcp",
    "multicast": "meta l4proto udp meta pkttype multicast",
    "unicast": "meta l4proto udp meta pkttype host",
    "packets": "meta l4proto udp @th,64,8 & 0xf0 == 0x10",
    "control": "meta l4proto udp @th,64,8 & 0xf0 == 0",
}


def command(text, stdin=None):
    """Runs a command that must succeed."""
    result = subprocess.run(text.split(), input=stdin, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise ScenarioError(f"{text}: {result.stderr.strip()}")
    return result.stdout


@dataclasses.dataclass
class Host:
    """A namespace with one interface, eth0, and what it loses on the way in."""
    name: str
    number: int
    rules: list = dataclasses.field(default_factory=list)  # (MAC of the sender, what, share of 10000)
    moves: int = 0

    @property
    def mac(self):
        return f"02:00:00:00:00:{self.number:02x}"

    @property
    def ipv4(self):
        return f"10.0.{self.moves}.{self.number}"

    @property
    def ipv6(self):
        return str(ipaddress.ip_address(f"fd00::{self.moves:x}:{self.number:x}"))

    @property
    def namespace(self):
        return f"/run/netns/{self.name}"


class Network:
    """All hosts of a scenario. Everything is gone with the namespace that this process runs in."""

    def __init__(self, processes, folder, shaper):
        self.hosts = {}
        self.shapers = {}
        self._processes = processes
        self._folder = folder
        self._shaper = shaper
        try:
            command("mount -t tmpfs none /run")
            os.makedirs("/run/netns")
            command(f"ip link add {BRIDGE} type bridge forward_delay 0 mcast_snooping 0")
            command(f"ip link set {BRIDGE} up")
            command("nft -f -", "table inet trial {\nchain input {\ntype filter hook input priority 0\n"
                    "numgen random mod 2 < 1 counter\n}\n}\n")
        except ScenarioError as error:
            raise NotHere(str(error)) from error

    def host(self, name):
        if name not in self.hosts:
            raise ScenarioError(f"there is no host {name}")
        return self.hosts[name]

    def add(self, name, shape):
        """A host; with `shape`, settings of the shaper, behind a line that has them."""
        host = self.hosts[name] = Host(name, len(self.hosts) + 1)
        command(f"ip netns add {name}")
        if shape:
            self._add_line(host, shape)
        else:
            command(f"ip link add port{host.number} type veth peer name eth0 netns {name}")
        self._set_up(host)
        self._write_names()

    def _add_line(self, host, shape):
        if not os.access("/dev/net/tun", os.R_OK | os.W_OK):
            raise NotHere("no TAP devices: /dev/net/tun cannot be opened")
        line = self._processes.start(f"line-{host.name}", None,
                                     [self._shaper, f"far{host.number}", f"port{host.number}"])
        line.wait_text("ready")
        command(f"ip link set far{host.number} netns {host.name} name eth0")
        self.shapers[host.name] = line
        self.reshape(host.name, shape)

    def reshape(self, name, shape):
        if name not in self.shapers:
            raise ScenarioError(f"{name} has no line to shape: give its host statement a setting")
        self.shapers[name].write(shape)

    def _set_up(self, host):
        command("ip -batch -", f"link set port{host.number} master {BRIDGE} gso_max_segs 1 up\n")
        self.inside(host, lambda: open_write("/proc/sys/net/ipv6/conf/eth0/accept_dad", "0"))
        # GSO packets would be lost or pass as a whole: they are cut before they leave
        command(f"ip -n {host.name} -batch -",
                f"link set lo up\nlink set eth0 address {host.mac} gso_max_segs 1\nlink set eth0 up\n"
                f"addr add {host.ipv4}/16 dev eth0\naddr add {host.ipv6}/64 dev eth0 nodad\n"
                f"route add default dev eth0\n")

    def _write_names(self):
        """Names of hosts for all programs; NAME6 has the IPv6 address."""
        path = os.path.join(self._folder, "hosts")
        with open(path, "w", encoding="utf-8") as names:
            names.write("127.0.0.1 localhost\n::1 localhost\n")
            for host in self.hosts.values():
                names.write(f"{host.ipv4} {host.name}\n{host.ipv6} {host.name}6\n")
        if not os.path.ismount("/etc/hosts"):
            command(f"mount --bind {path} /etc/hosts")

    def inside(self, host, function):
        """Calls function in the host's namespace; sockets it makes stay there."""
        with open("/proc/self/ns/net", "rb") as home, open(host.namespace, "rb") as away:
            _enter(away.fileno())
            try:
                return function()
            finally:
                _enter(home.fileno())

    # ---- what is lost ----

    def lose(self, sender, receiver, what, share):
        """Share, of 10000, of what comes from sender to receiver is lost from now on."""
        if what not in MATCHES:
            raise ScenarioError(f"{what}: one of {', '.join(MATCHES)}")
        source, target = self.host(sender), self.host(receiver)
        target.rules = [rule for rule in target.rules if rule[:2] != (source.mac, what)]
        if share:
            target.rules.append((source.mac, what, share))
        self._write_rules(target)

    def restore(self):
        for host in self.hosts.values():
            if host.rules:
                host.rules = []
                self._write_rules(host)

    def _write_rules(self, host):
        lines = ["table inet scenario", "delete table inet scenario", "table inet scenario {", "chain input {",
                 "type filter hook input priority 0; policy accept;"]
        for mac, what, share in host.rules:
            chance = "" if share >= 10000 else f"numgen random mod 10000 < {share}"
            lines.append(f"ether saddr {mac} {MATCHES[what]} {chance} counter drop")
        command(f"nsenter --net={host.namespace} nft -f -", "\n".join(lines + ["}", "}", ""]))

    # ---- other addresses ----

    def move(self, name):
        """Gives a host new addresses; the old ones are gone."""
        host = self.host(name)
        old4, old6 = host.ipv4, host.ipv6
        host.moves += 1
        command(f"ip -n {name} -batch -",
                f"addr del {old4}/16 dev eth0\naddr del {old6}/64 dev eth0\n"
                f"addr add {host.ipv4}/16 dev eth0\naddr add {host.ipv6}/64 dev eth0 nodad\n"
                f"route add default dev eth0\n")
        self._write_names()


def open_write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def _enter(descriptor):
    if _libc.setns(descriptor, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")
