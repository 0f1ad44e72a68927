"""What was typed wrongly: what the command line's library says in English, as sentences of ours."""

import re
from collections.abc import Mapping

from publisher.words import Part, part

# What it says -> our sentence; what is named in it stands in ours. A value is said wrong in two parts.
_SAID: Mapping[str, re.Pattern[str]] = {
    "no_option": re.compile(
        r"No such option: (?P<option>\S+)(?: \(Possible options: (?P<names>[^()]+)\))?"
    ),
    "no_command": re.compile(
        r"No such command '(?P<command>[^']*)'\.(?: Did you mean (?P<names>[^?]+)\?)?"
    ),
    "lacks": re.compile(r"Missing option '(?P<option>[^']+)'\."),
    "lacks_argument": re.compile(r"Missing argument '(?P<argument>[^']+)'\."),
    "too_much": re.compile(r"Got unexpected extra argument\(s\) \((?P<given>.*)\)", re.DOTALL),
    "takes_none": re.compile(r"Option '(?P<option>[^']+)' does not take a value\."),
    "takes_one": re.compile(r"Option '(?P<option>[^']+)' requires an argument\."),
    "bad_value": re.compile(r"Invalid value for '(?P<option>[^']+)': (?P<why>.*)", re.DOTALL),
}
_WHY: Mapping[str, re.Pattern[str]] = {
    "number": re.compile(r"Input should be a valid integer.*", re.DOTALL),
    "at_least": re.compile(r"Input should be greater than or equal to (?P<least>\d+)"),
    "at_most": re.compile(r"Input should be less than or equal to (?P<most>\d+)"),
}


def mistake(said: str) -> Part:
    """The library's sentence as one of ours; one that we do not know stands as it is."""
    found = _read(said, _SAID) or part("problem.plain", said=said)
    if "names" in found:
        names = found.pop("names")
        found["near"] = part("typed.near", names=names) if names else ""
    if "why" in found:
        found["why"] = _read(found["why"], _WHY) or found["why"].rstrip(".")
    return found


def _read(said: str, among: Mapping[str, re.Pattern[str]]) -> Part | None:
    tried = ((name, pattern.fullmatch(said)) for name, pattern in among.items())
    return next(
        (part(f"typed.{name}", **found.groupdict()) for name, found in tried if found), None
    )
