# SPDX-License-Identifier: LGPL-2.1-or-later
"""What each statement does."""
import os
import time

from . import language, stun
from .conditions import Condition, descend, literal, value_of_process
from .controlclient import ControlClient
from .flood import Flood
from .language import ScenarioError, parse_options, parse_seconds
from .network import Network
from .processes import Processes

EXPECT_TIMEOUT = 5
POLL_INTERVAL = 0.01
SHAPES = ("delay", "jitter", "rate", "reorder", "hold", "queue")


class Failure(Exception):
    """What must be seen was not."""


class Stage:
    """Plays the statements of one scenario, in this process's namespaces."""

    def __init__(self, folder, programs, environment, say):
        self._folder = folder
        self._programs = programs
        self._say = say
        self.processes = Processes(folder, environment)
        self._network = Network(self.processes, folder, programs["shaper"])
        self._clients = {}
        self._saved = {"tmp": folder, **programs}

    def play(self, statements):
        for statement in statements:
            self._say(f"{statement.line}: {statement.text}")
            try:
                self._step(statement)
            except ScenarioError as error:
                statement.fail(error)
            except Failure as failure:
                raise Failure(f"line {statement.line}: {statement.text}\n  {failure}") from failure
            crashed = self.processes.crashed()
            if crashed:
                raise Failure(f"line {statement.line}: {statement.text}\n  {', '.join(crashed)}")

    def _names(self):
        names = dict(self._saved)
        for host in self._network.hosts.values():
            names[host.name] = host.ipv4
            names[host.name + "6"] = host.ipv6
        return names

    def _step(self, statement):
        step = getattr(self, "_do_" + statement.words[0], None)
        if step is None:
            raise ScenarioError("no such statement")
        names = self._names()
        words = [language.substitute(word, names) for word in statement.words[1:]]
        body = [language.substitute(line, names) for line in statement.body]
        try:
            step(words, body)
        except (IndexError, KeyError, ValueError) as error:
            raise ScenarioError(f"wrong arguments ({error})") from error

    # ---- the scene ----

    def _do_scenario(self, words, body):
        """A title says what is shown; nothing to do."""

    def _do_host(self, words, body):
        names, shape = list(words), []
        for at, word in enumerate(words):
            if word in SHAPES:
                names, shape = words[:at], words[at:]
                break
        for name in names:
            self._network.add(name, " ".join(shape))

    def _do_shape(self, words, body):
        self._network.reshape(words[0], " ".join(words[1:]))

    def _do_loss(self, words, body):
        for sender, receiver in self._directions(words[0]):
            self._network.lose(sender, receiver, words[2] if len(words) > 2 else "udp",
                               round(float(words[1].rstrip("%")) * 100))

    def _do_cut(self, words, body):
        for sender, receiver in self._directions(words[0]):
            self._network.lose(sender, receiver, words[1] if len(words) > 1 else "all", 10000)

    def _do_restore(self, words, body):
        if not words:
            self._network.restore()
            return
        for sender, receiver in self._directions(words[0]):
            self._network.lose(sender, receiver, words[1] if len(words) > 1 else "all", 0)

    @staticmethod
    def _directions(text):
        if "<->" in text:
            a, b = text.split("<->")
            return [(a, b), (b, a)]
        a, b = text.split("->")
        return [(a, b)]

    def _do_move(self, words, body):
        self._network.move(words[0])

    # ---- processes ----

    def _do_file(self, words, body):
        with open(os.path.join(self._folder, words[0]), "w", encoding="utf-8") as file:
            file.write("\n".join(body) + "\n")

    def _start(self, words, argv):
        name, on, host = words[:3]
        if on != "on":
            raise ScenarioError("NAME on HOST expected")
        return self.processes.start(name, self._network.host(host).namespace, argv)

    def _do_run(self, words, body):
        self._start(words, words[3:] + body)

    def _do_pipeline(self, words, body):
        process = self._start(words, [self._programs["actor"], *words[3:], *body])
        self._wait_started(process)

    @staticmethod
    def _wait_started(process):
        if not process.wait(lambda: process.of_kind("started")):
            raise Failure(f"{process.name} does not start")

    def _do_tell(self, words, body):
        self.processes.get(words[0]).write(" ".join(words[1:]))

    def _do_kill(self, words, body):
        process = self.processes.get(words[0])
        process.send_signal(words[1] if len(words) > 1 else "KILL")
        if len(words) == 1:
            process.finish()

    def _do_stop(self, words, body):
        process = self.processes.get(words[0])
        process.send_signal("TERM")
        if not process.finish():
            raise Failure(f"{words[0]} does not end")

    def _do_start(self, words, body):
        process = self.processes.get(words[0])
        if process.running():
            raise ScenarioError(f"{words[0]} runs")
        process.start()
        if process.is_actor(self._programs["actor"]):
            self._wait_started(process)

    # ---- clients by hand ----

    def _do_control(self, words, body):
        name, on, host, to, server = words[:5]
        if (on, to) != ("on", "to"):
            raise ScenarioError("NAME on HOST to ADDRESS expected")
        try:
            self._clients[name] = self._network.inside(
                self._network.host(host), lambda: ControlClient(server, ":" in server, "tcp" in words[5:]))
        except OSError as error:
            raise Failure(f"cannot connect: {error}") from error

    def _do_send(self, words, body):
        self._clients[words[0]].send(words[1], parse_options(words[2:]))

    def _do_close(self, words, body):
        self._clients[words[0]].close()

    def _do_login(self, words, body):
        name, secret, seconds = words
        user, password = stun.time_limited_login(secret, float(seconds))
        self._saved.update({f"{name}_user": user, f"{name}_password": password})

    def _do_flood(self, words, body):
        (source, target), = self._directions(words[1])
        self._clients[words[0]] = Flood(self._network, self._network.host(source), self._network.host(target),
                                        int(words[2]))

    # ---- what must be seen ----

    def _pause(self):
        """Between two looks. All sockets are emptied: a full one would lose packets that were not meant to be."""
        time.sleep(POLL_INTERVAL)
        self.seen_by_clients()

    def _lookup(self, word):
        first, *path = word.split(".")
        if first in self._clients and path:
            return descend(self._clients[first].values(), path)
        if path and first in self.processes.all:
            return value_of_process(self.processes.get(first), path)
        return literal(word)

    def _do_save(self, words, body):
        value = self._lookup(words[2])
        if words[1] != "=" or value is None:
            raise Failure(f"there is no {words[2]}")
        self._saved[words[0]] = value

    def _do_expect(self, words, body):
        timeout = EXPECT_TIMEOUT
        if len(words) > 2 and words[-2] == "within":
            timeout = parse_seconds(words[-1])
            words = words[:-2]
        condition = Condition(words, self._lookup)
        begin = time.monotonic()
        while not condition.holds():
            if time.monotonic() > begin + timeout:
                raise Failure(f"not within {timeout:g} s; seen: {condition.seen}")
            self._pause()
        self._say(f"   after {time.monotonic() - begin:.2f} s: {condition.seen}")

    def _do_hold(self, words, body):
        if words[-2] != "for":
            raise ScenarioError("hold CONDITION for TIME expected")
        condition = Condition(words[:-2], self._lookup)
        end = time.monotonic() + parse_seconds(words[-1])
        while time.monotonic() < end:
            if not condition.holds():
                raise Failure(f"not any more; seen: {condition.seen}")
            self._pause()

    # ---- the end ----

    def seen_by_clients(self):
        """What clients by hand have seen, by their names."""
        return {name: client.values() for name, client in self._clients.items() if isinstance(client, ControlClient)}

    def end(self):
        """Ends all processes; returns what went wrong with that."""
        for client in self._clients.values():
            client.close()
        return self.processes.end()
