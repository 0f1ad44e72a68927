"""Acts as commands: what a person types to do what a sentence speaks of."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from publisher.errors import Problem
from publisher.words import say_part

# By act and what is meant of it. `{where}`: a post, or one account of it.
COMMANDS: Mapping[str, str] = {
    "activate policy": "policy activate",
    "approve": "show {where}, then publisher approve {where} --seen …",
    "approve seen": "approve {where} --seen {seen}",
    "audit": "audit verify",
    "audit holds": "audit holds",
    "cancel": "cancel {where}",
    "confirm": "confirm {where}",
    "confirm policy seen": "policy activate --second {version}",
    "connect account": "accounts connect {account}",
    "continue": "continue {where}",
    "confirm config": "config confirm {change}",
    "confirm policy": "policy changes {version}, then publisher policy activate --second {version}",
    "edit": "edit {where} --text …",
    "edit thread": "edit {where} --thread",
    "edit draft": "edit {post} --text …, then publisher submit {post}",
    "grant exception": "exception grant {exception}",
    "grant exception urgent": "urgent {post}",
    "lift hold": "audit lift {hold}",
    "operate desk": "desk",
    "operate restore": "db restore FILE",
    "operate start": "daemon",
    "operate upgrade": "db upgrade",
    "operate adopt": "adopt --reason …",
    "operate recover": "recover owner NAME --reason …",
    "hand over": "people handover {person} TO",
    "read": "show {post}",
    "read accounts": "accounts",
    "read changes": "config changes",
    "read exceptions": "exception list",
    "read policies": "policy changes",
    "read pictures": "show {post} --pictures FOLDER",
    "read status": "status",
    "read queue": "queue",
    "read history": "show {post} --history",
    "request exception planned": "exception planned {where} --category … --reason …",
    "request exception urgent": "urgent {post} --category … --reason …",
    "reschedule": "reschedule {where} --at TIME",
    "resolve": "resolve {where} --published URL | --not-published --reason …",
    "resolve takedown": "resolve {where} --done --reason … | --published URL",
    "resolve done": "resolve {where} --done --reason …",
    "resolve overwrite": "resolve {where} --overwrite --reason …",
    "resume": "resume {scope}",
    "resume account": "accounts resume {account}",
    "sign in": "login --approve {code}",
    "sign in there": "login {url}",
    "submit": "submit {post}",
    "unpause": "unpause {where}",
    "retract": "retract {where} --reason …",
    "review exception": "exception review {exception} --note …",
    "verify accounts": "accounts verify {account}",
    "write": 'post "Hello" --to ACCOUNT',
}


def command(act: Mapping[str, str]) -> str:
    """What does it, to be typed as it is or with the … filled in. `act`: as `errors.Do.json`.

    Of words that are not saved there is no post yet: POST stands in its place. An act that was kept
    with a notice may be none of this version's: then the way to all there is.
    """
    of = {"scope": "", "post": "POST", **act}
    name = " ".join(of.pop(key) for key in ("act", "kind", "how") if key in of)
    where = f"{of['post']}/{of['account']}" if "account" in of else of["post"]
    try:
        return f"publisher {COMMANDS[name].format(where=where, **of)}".rstrip()
    except KeyError:
        return "publisher --help"


def commands(acts: Iterable[Mapping[str, str]]) -> str:
    """What there is to choose from, in one line."""
    return f"publisher {' | '.join(command(act).removeprefix('publisher ') for act in acts)}"


def then(said: str, acts: Iterable[Mapping[str, str]]) -> str:
    """A sentence with the commands that it leads to."""
    chosen = list(acts)
    if not chosen:
        return said
    ended = said.endswith((".", "。"))
    return f"{said[:-1] if ended else said}{':' if ended or said[-1].isalnum() else ''} {commands(chosen)}"


def told(said: Mapping[str, Any], acts: Iterable[Mapping[str, str]], lang: str) -> str:
    """A `words.part`, with the commands that it leads to."""
    return then(say_part(said, lang), acts)


# What of a request is off -> how it is typed, where that is not --NAME.
_TYPED = {
    "text": "TEXT",
    "accounts": "--to",
    "variants": "--variant",
    "images": "--image",
    "media": "--image",
    "markup": "--markdown",
    "embargo_until": "--embargo",
    "url": "--published",
    "address": "URL",
    "sample": "--as NAME",
}


def problem(error: Problem, lang: str, argv: Sequence[str] = ()) -> str:
    """What went wrong, at which option, and the commands that help. `argv`: what was typed."""
    option = f"--{error.field.replace('_', '-')}"
    as_it_is = any(one.partition("=")[0] == option for one in argv)
    typed = option if as_it_is else _TYPED.get(error.field, option)
    where = f"{typed}: " if error.field else ""
    return where + then(error.said(lang), [act.json() for act in error.acts])
