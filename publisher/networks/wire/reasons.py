"""Why something came out as it did, in words of ours that every reader gets in their own language."""

from typing import Any

from publisher.words import as_text, part


def because(code: str, said: str = "", **args: Any) -> str:
    """The sentence `network.CODE` as a reason; `said` are the network's own words, quoted behind it."""
    what = part(f"network.{code}", **args)
    if said:
        return as_text("network.quoted", what=what, said=said)
    return as_text(f"network.{code}", **args)
