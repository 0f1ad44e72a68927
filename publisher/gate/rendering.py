"""From a revision to exactly what would be sent: the variant, then the first notice that fits."""

from dataclasses import replace
from typing import Any

from sqlalchemy import Row

from publisher.content import Account, Content, Lang, Rendered, media_from_json
from publisher.networks import IMAGES, network
from publisher.policy.bundle import Policy
from publisher.policy.detect.disclaimer import contains


def content_for(revision: Row[Any], account: str, lang: Lang) -> Content:
    """The content of a stored revision for one account: its variant, else the common text.

    `lang` is the account's own language, for a revision that names none.
    """
    return Content(
        text=revision.variants.get(account, revision.text),
        title=revision.title,
        link=revision.link,
        media=media_from_json(revision.media),
        lang=revision.lang or lang,
        kind=revision.kind,
    )


def render(content: Content, account: Account, policy: Policy) -> Rendered:
    """What would be sent to `account`, with the first wording of its ladder that fits.

    A notice that the author typed by hand is kept and not doubled. When nothing fits the result
    carries no notice, and the disclaimer rule blocks it.
    """
    adapter = network(account.network)
    fit = IMAGES[account.network]
    content = replace(content, media=tuple(medium.within(fit) for medium in content.media))
    typed = [w for w in policy.wordings(account.disclaimers) if contains(content.text, (w,))]
    if typed:
        plain = adapter.render(content, account, "")
        return replace(plain, disclaimer=max(typed, key=len))
    family = adapter.traits.wordings
    for wording in policy.ladder(account.disclaimers, family, content.lang, content.kind):
        rendered = adapter.render(content, account, wording)
        if rendered.length <= rendered.limit:
            return replace(rendered, disclaimer=wording)
    return replace(adapter.render(content, account, ""), disclaimer="")


def length_with_standard(
    rendered: Rendered, content: Content, account: Account, *, policy: Policy
) -> int:
    """How long it would be with the standard notice, where a shorter one was attached; else 0."""
    adapter = network(account.network)
    family = adapter.traits.wordings
    ladder = policy.ladder(account.disclaimers, family, content.lang, content.kind)
    chosen = rendered.disclaimer
    if chosen not in ladder[1:] or contains(content.text, (chosen,)):
        return 0
    return adapter.render(content, account, ladder[0]).length
