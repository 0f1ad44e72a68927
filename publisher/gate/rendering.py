"""From a revision to exactly what would be sent: the variant, then the first notice that fits."""

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from publisher.content import Account, Content, Lang, Rendered, media_from_json
from publisher.networks.registry import about, network
from publisher.networks.text.wording import without
from publisher.policy.bundle import Policy
from publisher.store.rows import RevisionRow


def content_for(revision: RevisionRow, account: str, lang: Lang) -> Content:
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
        markup=revision.markup,
        thread=revision.thread,
    )


def ladder(content: Content, account: Account, policy: Policy) -> tuple[str, ...]:
    """The notices for this account's network, in this language, for this kind of post."""
    family = about(account.network).notices
    return policy.ladder(account.disclaimers, family, content.lang, content.kind)


def render(content: Content, account: Account, policy: Policy) -> Rendered:
    """What would be sent to `account`, with the first wording of its ladder that fits.

    A notice that the author typed by hand gives way to it. When nothing fits the result carries no
    notice, and the disclaimer rule blocks it.
    """
    adapter, wordings = network(account.network), ladder(content, account, policy)
    media = tuple(medium.within(about(account.network).image) for medium in content.media)
    content = replace(content, text=without(content.text, wordings), media=media)
    for wording in wordings:
        rendered = adapter.render(content, account, wording)
        if rendered.length <= rendered.limit:
            return replace(rendered, disclaimer=wording)
    return replace(adapter.render(content, account, ""), disclaimer="")


def length_with_standard(
    rendered: Rendered, content: Content, account: Account, *, policy: Policy
) -> int:
    """How long it would be with the standard notice, where a shorter one was attached; else 0."""
    wordings = ladder(content, account, policy)
    if rendered.disclaimer not in wordings[1:]:
        return 0
    bare = replace(content, text=without(content.text, wordings))
    return network(account.network).render(bare, account, wordings[0]).length


def source(rendered: Rendered) -> str:
    """What would be sent for it, in the network's own markup."""
    return network(rendered.network).source(rendered)


def safely_rendered(
    content: Content, account: Account | None, policy: Policy
) -> tuple[Rendered, str, str]:
    """What would be sent, in words and in the network's markup, and "".

    Or nothing, and what rendering raised: that holds this delivery only.
    """
    if account is None:
        return Rendered(network="", parts=()), "", ""
    try:
        return *_rendered(content, _Way.of(account, policy)), ""
    except Exception as error:  # noqa: BLE001  # fail closed, and only for this delivery
        return Rendered(network=account.network, parts=()), "", type(error).__name__


@dataclass(frozen=True)
class _Way:
    """How words are rendered; two are the same when what rendering reads of them (`key`) is."""

    key: tuple[Any, ...]
    account: Account = field(compare=False)
    policy: Policy = field(compare=False)

    @staticmethod
    def of(account: Account, policy: Policy) -> "_Way":
        """For an account, under a policy."""
        options = tuple(sorted(account.options.items()))
        notices = account.disclaimers, policy.version
        key = account.id, account.network, account.base_url, options, *notices
        return _Way(key, account, policy)


@lru_cache(maxsize=4096)
def _rendered(content: Content, way: _Way) -> tuple[Rendered, str]:
    rendered = render(content, way.account, way.policy)
    return rendered, source(rendered)
