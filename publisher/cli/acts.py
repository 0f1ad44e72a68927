"""Acts as commands: what a person types to do what a sentence speaks of."""

from collections.abc import Mapping

# `{where}`: a post, or one account of it
COMMANDS: Mapping[str, str] = {
    "audit": "audit verify",
    "request exception urgent": "urgent {post} --category … --reason …",
    "resolve done": "resolve {where} --done --reason …",
}


def command(act: Mapping[str, str]) -> str:
    """What does it, to be typed as it is or with the … filled in. `act`: as `errors.Do.json`."""
    of = dict(act)
    name = " ".join(of.pop(key) for key in ("act", "kind", "how") if key in of)
    where = "/".join(of[key] for key in ("post", "account") if key in of)
    return f"publisher {COMMANDS[name].format(where=where, **of)}"


def then(said: str, acts: list[Mapping[str, str]]) -> str:
    """A sentence with the commands that it leads to."""
    return f"{said.rstrip('.')}: {' | '.join(map(command, acts))}" if acts else said
