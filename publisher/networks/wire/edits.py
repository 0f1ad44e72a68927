"""What an edit changes on a network, and whether what is public there is still what we published."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from publisher.clock import from_rfc3339, rfc3339
from publisher.content import Rendered
from publisher.networks import Credentials, Found, Intent, Later, Notes, Outcome, Refused
from publisher.networks.about import About
from publisher.networks.wire.fields import text_at
from publisher.networks.wire.reasons import because
from publisher.networks.wire.shape import readable
from publisher.words import as_text

FRESH = timedelta(minutes=2)  # so long a look at what is public counts
SHOWN = 100  # characters of each text, around where they begin to differ


def unsent(about: About, before: Rendered, after: Rendered) -> list[str]:
    """What has changed between the two and would stay on the network as it is."""
    changed: Mapping[str, tuple[object, object]] = {
        "title": (before.title, after.title),
        "link": (_card(before), _card(after)),
        "images": (_images(before), _images(after)),
    }
    return [name for name, (a, b) in changed.items() if a != b and name not in about.edits]


def as_edit(about: About, before: Rendered, after: Rendered, *, titled: bool) -> Rendered:
    """`after` with the title that stays, where the network keeps it and the author gave no other."""
    return after if titled or "title" in about.edits else replace(after, title=before.title)


def looked_at(intent: Intent, now: datetime) -> bool:
    """Was what this edit changes read just now, and found as expected?"""
    seen = text_at(intent.notes, "looked")
    return bool(seen) and abs(now - from_rfc3339(seen)) < FRESH


def unseen(intent: Intent, now: datetime) -> bool:
    """Must what is public be read first? Nothing is changed that was not looked at just now."""
    return intent.act == "edit" and not looked_at(intent, now)


@dataclass(frozen=True)
class Reading:
    """How a network's texts are compared.

    `read`: what a rendering is there; `normal`: the form in which two are compared; `shown`: the
    form in which a person reads them.
    """

    read: Callable[[Rendered], str]
    normal: Callable[[str], str]
    shown: Callable[[str], str] = str


def compared(intent: Intent, now: datetime, theirs: str, how: Reading) -> Notes | Refused:
    """May the edit go? It may when what is public now, `theirs`, is what we published last.

    Also when it says already what the edit would, and when a person has seen it and chosen to write
    over it.
    """
    ours = [how.read(one) for one in (intent.before, intent.rendered) if one is not None]
    mark = hashlib.sha256(how.normal(theirs).encode()).hexdigest()
    if how.normal(theirs) in map(how.normal, ours) or intent.notes.get("overwrite") == mark:
        return {"looked": rfc3339(now)}
    shown, had = how.shown(theirs), how.shown(ours[0])
    there, here = readable(_around(shown, had)), readable(_around(had, shown))
    return Refused(as_text("reason.changed_there", there=there, ours=here), theirs=mark)


def not_read(answer: Found) -> Outcome:
    """What is public could not be read: nothing was changed, and it is tried again."""
    if isinstance(answer, Later | Credentials):
        return answer
    reason = getattr(answer, "reason", "")
    return Later(because("not_read", why=reason), own=True)


def _card(rendered: Rendered) -> str:
    """Beside images a link stands in the text, and changes with it."""
    return "" if _images(rendered) else rendered.link


def _images(rendered: Rendered) -> tuple[tuple[str, str], ...]:
    return tuple((m.sha256, m.alt) for part in rendered.parts for m in part.media)


def _around(text: str, other: str) -> str:
    one, two = " ".join(text.split()), " ".join(other.split())
    pairs = enumerate(zip(one, two, strict=False))
    begin = next((at for at, (a, b) in pairs if a != b), min(len(one), len(two)))
    start = max(begin - SHOWN // 3, 0)
    cut = one[start : start + SHOWN]
    return f"{'…' if start else ''}{cut}{'…' if start + SHOWN < len(one) else ''}"
