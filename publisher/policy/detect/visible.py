"""What of a post people will see, as one text to look for words in."""

from publisher.content import Rendered


def visible(rendered: Rendered) -> str:
    """Everything of a post that people will see: title, text, link, and what its images say."""
    alts = [medium.alt for part in rendered.parts for medium in part.media]
    return "\n".join([rendered.title, rendered.text, rendered.link, *alts])
