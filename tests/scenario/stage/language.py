# SPDX-License-Identifier: LGPL-2.1-or-later
"""Scenario files into statements."""
import dataclasses
import re
import shlex


class ScenarioError(Exception):
    """The file is wrong: no test has failed, none could be made."""


class NotHere(Exception):
    """This machine or its kernel does not allow what the scenario needs."""


@dataclasses.dataclass
class Statement:
    """One statement: the words of its line, and the indented lines below it as they stand there."""
    line: int
    text: str
    words: list
    body: list

    def fail(self, why):
        raise ScenarioError(f"line {self.line}: {self.text}: {why}")


def split_words(text, line):
    try:
        return shlex.split(text, comments=True)
    except ValueError as error:
        raise ScenarioError(f"line {line}: {text}: {error}") from error


def parse(text):
    """The statements of a file's text, without blank lines and comments."""
    statements = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if line[0].isspace():
            if not statements:
                raise ScenarioError(f"line {number}: indented, but below nothing")
            statements[-1].body.append(line.strip())
            continue
        # a title is no list of words
        words = ["scenario"] if line.startswith("scenario ") else split_words(line, number)
        statements.append(Statement(number, line.strip(), words, []))
    return statements


def substitute(text, names):
    """Puts in the values of $NAME; what is unknown is wrong."""
    def value(match):
        name = match.group(1) or match.group(2)
        if name not in names:
            raise ScenarioError(f"${name} is unknown")
        return str(names[name])
    return re.sub(r"\$(?:\{(\w+)\}|(\w+))", value, text)


def parse_seconds(text):
    """A length of time such as 300ms or 2s, in seconds."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s)", text)
    if not match:
        raise ScenarioError(f"{text}: a time is written 300ms or 2s")
    return float(match.group(1)) * (0.001 if match.group(2) == "ms" else 1)


def parse_options(words):
    """KEY=VALUE words as a dictionary."""
    options = {}
    for word in words:
        key, sign, value = word.partition("=")
        if not sign:
            raise ScenarioError(f"{word}: KEY=VALUE expected")
        options[key] = value
    return options
