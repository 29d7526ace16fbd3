# SPDX-License-Identifier: LGPL-2.1-or-later
"""What must be seen: values of processes and control clients, compared."""
import re

from .language import ScenarioError

OPERATORS = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    "~": lambda a, b: re.search(str(b), str(a)) is not None,
    "!~": lambda a, b: re.search(str(b), str(a)) is None,
    "has": lambda a, b: b in a,
    "lacks": lambda a, b: b not in a,
}
ORDERED = (">", ">=", "<", "<=")


def literal(word):
    """A word as a number, where it is one."""
    for kind in (int, float):
        try:
            return kind(word)
        except ValueError:
            pass
    return {"true": True, "false": False, "none": None}.get(word, word)


def descend(value, path):
    """The part of nested dictionaries and lists that path names; None where there is none."""
    for step in path:
        if step == "count" and isinstance(value, (list, dict)):
            value = len(value)
        elif isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.lstrip("-").isdigit() and -len(value) <= int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def value_of_process(process, path):
    """Values that each process has; any other first step is the name of an element with stats."""
    first, rest = path[0], path[1:]
    simple = {
        "running": lambda: process.running(),
        "exit": lambda: process.status(),
        "out": lambda: process.text,
        "log": lambda: process.log_text(),
        "eos": lambda: len(process.of_kind("eos")) > 0,
        "sessions": lambda: process.sessions(),
        "session": lambda: (process.sessions() or [None])[-1],
        "errors": lambda: process.of_kind("error"),
        "warnings": lambda: process.of_kind("warning"),
        "messages": lambda: process.of_kind("message"),
        "results": lambda: process.of_kind("result"),
        "refused": lambda: process.of_kind("refused"),
        "connecting": lambda: process.signals("client-connecting"),
        "added": lambda: process.signals("client-added"),
        "removed": lambda: process.signals("client-removed"),
        "stats": process.statistics_file,
    }
    process.read()
    if first in simple:
        return descend(simple[first](), rest)
    return descend(process.stats(), path)


class Condition:
    """VALUE OPERATOR VALUE [(+|-) VALUE]"""

    def __init__(self, words, lookup):
        if len(words) not in (3, 5) or words[1] not in OPERATORS or (len(words) == 5 and words[3] not in "+-"):
            raise ScenarioError("a condition is VALUE OPERATOR VALUE, and perhaps + or - VALUE")
        self._words = words
        self._lookup = lookup
        self.seen = "nothing"

    def _right(self):
        right = self._lookup(self._words[2])
        if len(self._words) == 3:
            return right
        other = self._lookup(self._words[4])
        return right + other if self._words[3] == "+" else right - other

    def holds(self):
        """Whether it is true now; what was seen is kept to be told."""
        left, right = self._lookup(self._words[0]), self._right()
        operator = self._words[1]
        self.seen = repr(left) if len(repr(left)) < 2000 else "..." + repr(left)[-2000:]
        if len(self._words) == 5 or "." in self._words[2]:
            self.seen += f" (against {right!r})"
        if left is None and operator not in ("=", "!="):
            return False
        if operator in ORDERED and not isinstance(left, (int, float)):
            return False
        return OPERATORS[operator](left, right)
