# SPDX-License-Identifier: LGPL-2.1-or-later
"""The processes of a scenario: started in a host, listened to, ended."""
import collections
import json
import os
import signal
import subprocess
import time

from .language import ScenarioError

ANSWER_TIMEOUT = 10
END_TIMEOUT = 3


class Process:
    """A program. Its standard output is read line by line; lines of JSON are events."""

    def __init__(self, name, argv, environment, folder):
        self.name = name
        self._argv = argv
        self._environment = environment
        self.log = os.path.join(folder, f"{name}.log")
        self.killed = False  # by the scenario: its status says nothing then
        self.process = None
        self.start()

    def start(self):
        self.text = ""
        self.events = []
        self._pending = b""
        self._serial = 0
        self._stats = None
        self.killed = False
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self._argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                                            env=self._environment)
        os.set_blocking(self.process.stdout.fileno(), False)

    # ---- what it says ----

    def read(self):
        """Takes what the process has written."""
        while (data := self._read_some()):
            *lines, self._pending = (self._pending + data).split(b"\n")
            for line in lines:
                self._take(line.decode(errors="replace"))

    def _read_some(self):
        return self.process.stdout.read(65536) if self.process else None

    def _take(self, line):
        try:
            event = json.loads(line)
        except ValueError:
            event = None
        if not isinstance(event, dict) or "event" not in event:
            self.text += line + "\n"
        elif event["event"] == "stats":
            self._stats = event
        else:
            self.events.append(event)

    def of_kind(self, kind):
        return [event for event in self.events if event["event"] == kind]

    def signals(self, name):
        return [event for event in self.of_kind("signal") if event["name"] == name]

    def sessions(self):
        """The states that fec-session messages told."""
        return [event["fields"].get("state") for event in self.of_kind("message") if event["name"] == "fec-session"]

    def log_text(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return log.read()

    # ---- what it is told ----

    def write(self, line):
        try:
            self.process.stdin.write((line + "\n").encode())
            self.process.stdin.flush()
        except BrokenPipeError:
            pass

    def wait(self, condition, timeout=ANSWER_TIMEOUT):
        """Whether condition () is true within timeout seconds; ends early with the process."""
        end = time.monotonic() + timeout
        while True:
            running = self.running()
            self.read()
            if condition():
                return True
            if not running or time.monotonic() > end:
                return False
            time.sleep(0.002)

    def wait_text(self, text):
        if not self.wait(lambda: text in self.text):
            raise ScenarioError(f"{self.name} does not say “{text}”: {self.log_text()}")

    def stats(self):
        """The stats of all elements of an actor, by their names."""
        self._serial += 1
        serial = str(self._serial)
        self.write(f"stats {serial}")
        if not self.wait(lambda: self._stats is not None and self._stats["serial"] == serial):
            return {} if self._stats is None else self._stats["elements"]
        return self._stats["elements"]

    def statistics_file(self):
        """What a fec-get wrote that was given --stats-json FILE."""
        for option, path in zip(self._argv, self._argv[1:]):
            if option == "--stats-json" and os.path.exists(path):
                with open(path, encoding="utf-8") as file:
                    return json.load(file)
        return {}

    # ---- its end ----

    def running(self):
        return self.process.poll() is None

    def status(self):
        """The exit status, None while it runs; negative: the signal that ended it."""
        return self.process.poll()

    def status_text(self):
        return "running" if self.running() else f"ended with {self.status()}"

    def is_actor(self, actor):
        return actor in self._argv

    def send_signal(self, name):
        number = getattr(signal, f"SIG{name}", None)
        if number is None:
            raise ScenarioError(f"there is no signal {name}")
        self.killed = self.killed or number in (signal.SIGKILL, signal.SIGTERM)
        self.process.send_signal(number)

    def finish(self, timeout=END_TIMEOUT):
        """Waits for the end, else kills; FALSE when it had to."""
        try:
            self.process.wait(timeout)
            in_time = True
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            in_time = False
        self.read()
        return in_time


class Processes:
    """All of them."""

    def __init__(self, folder, environment):
        self.all = collections.OrderedDict()
        self._folder = folder
        self._environment = environment

    def start(self, name, namespace, argv):
        if name in self.all:
            raise ScenarioError(f"{name} is there already")
        if namespace is not None:
            argv = ["nsenter", f"--net={namespace}", *argv]
        process = self.all[name] = Process(name, argv, self._environment, self._folder)
        return process

    def get(self, name):
        if name not in self.all:
            raise ScenarioError(f"there is no process {name}")
        return self.all[name]

    def read(self):
        for process in self.all.values():
            process.read()

    def crashed(self):
        """What ended by a signal that the scenario did not send."""
        return [f"{process.name} was ended by {signal.Signals(-process.status()).name}"
                for process in self.all.values()
                if process.status() is not None and process.status() < 0 and not process.killed]

    def end(self):
        """Ends all, those that were started last first; returns what went wrong with that."""
        running = [process for process in reversed(self.all.values()) if process.running()]
        for process in running:
            process.process.stdin.close()
            process.process.terminate()
        wrong = []
        for process in running:
            if not process.finish():
                wrong.append(f"{process.name} did not end within {END_TIMEOUT} s of SIGTERM")
            elif process.status() not in (0, -signal.SIGTERM):
                wrong.append(f"{process.name} ended with {process.status()}")
        return wrong

    def kill(self):
        for process in self.all.values():
            if process.running():
                process.process.kill()
                process.process.wait()
