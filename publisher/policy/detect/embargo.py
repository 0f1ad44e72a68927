"""Finds words under embargo in everything of a post that people will see."""

from collections.abc import Sequence
from datetime import datetime

from publisher.content import Rendered
from publisher.policy import Embargo
from publisher.policy.detect.normal import normal
from publisher.policy.detect.visible import visible


def until(rendered: Rendered, embargoes: Sequence[Embargo], now: datetime) -> datetime | None:
    """When the last embargo on a word in this post ends; None when there is none any more."""
    live = [embargo for embargo in embargoes if embargo.until > now]
    if not live:
        return None
    seen = normal(visible(rendered))
    ends = [e.until for e in live if any(w in seen for w in map(normal, e.words) if w)]
    return max(ends, default=None)
