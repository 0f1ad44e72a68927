"""What would be sent, as a value: the same for every network but for its words."""

from typing import Any

from publisher.content import Content, Part, Rendered
from publisher.networks.about import About
from publisher.networks.text.count import length


def composed(about: About, content: Content, text: str, disclaimer: str, **more: Any) -> Rendered:
    """`text` is everything that readers see, `disclaimer` in it; `more` is what this network adds."""
    common: dict[str, Any] = {
        "network": about.name,
        "parts": (Part(text, content.media),),
        "link": content.link,
        "lang": content.lang,
        "disclaimer": disclaimer,
        "length": length(text, about.unit, about.limit),
        "limit": about.limit,
    }
    return Rendered(**{**common, **more})
