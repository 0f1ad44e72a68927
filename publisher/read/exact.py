"""Exactly what is sent to each account, as a reader of it would see it, counted as the network counts."""

from typing import Literal

from publisher.acts import act_of
from publisher.content import Account, Content, Rendered
from publisher.desk.parts.difference import changed_words, last_approved
from publisher.desk.parts.find import Target, account_rows, target
from publisher.gate.accounts import account_value
from publisher.gate.rendering import content_for, length_with_standard, render
from publisher.networks.registry import about
from publisher.networks.text.count import length
from publisher.policy.bundle import Policy
from publisher.policy.sentences import shorter_notice
from publisher.read.parts.known import words
from publisher.read.view import View
from publisher.roles import authorize
from publisher.store import Tx
from publisher.store.rows import DeliveryRow
from publisher.words import ENGLISH, say_part


class Image(View):
    """A picture, as it is sent."""

    alt: str
    """What it shows, in words."""
    sha256: str
    """Of its bytes."""
    width: int
    """In pixels."""
    height: int
    """In pixels."""
    size: int
    """In bytes."""


class Part(View):
    """One post of a thread. The pictures stand in the first."""

    text: str
    """The words, with their number, and in the first one the notice."""
    length: int
    """As the network counts."""


class Exact(View):
    """What one account's readers get."""

    network: str
    """The account's network."""
    text: str
    """The words, with the notice."""
    thread: tuple[Part, ...]
    """Of a thread: its posts, in the order in which they go; else `[]`."""
    title: str
    """`""` where the network has none."""
    link: str
    """`""` without one, or where it stands in the text."""
    images: tuple[Image, ...]
    """The very pictures that are sent."""
    length: int
    """As the network counts; of a thread that of its longest post."""
    limit: int
    """What the network takes."""
    disclaimer: str
    """The notice in it, `""` when none fits."""
    markup: Literal["plain", "markdown", "html"]
    """`markdown` where marks in the text act."""
    shorter_notice: str
    """A sentence where the notice is not the standard one, because that one did not fit; else `""`."""
    images_note: str
    """What to know of this network's pictures before saying yes, else `""`."""
    changed: tuple[str, ...] = ()
    """The lines that went (`- `) and came (`+ `) since somebody last said yes."""


def exact(tx: Tx, name: str, lang: str = ENGLISH) -> dict[str, Exact]:
    """By account, what would be sent there now: what an approver looks at. Raises NotFound, Usage."""
    authorize(tx.actor, "read")
    found = target(tx, name)
    if found.post.state == "draft":
        return _draft(tx, found, lang)
    said, before = {}, last_approved(tx, found.post.id)
    for one in words(tx, found, _telling(found)):
        case = one.case
        shown = shows(case.account, case.content, case.rendered, of=(tx.policy, lang))
        changed = tuple(changed_words(before, one.row.revision, case, tx.policy))
        said[one.row.account] = shown.model_copy(update={"changed": changed})
    return said


def shorter_notices(tx: Tx, name: str, lang: str = ENGLISH) -> dict[str, str]:
    """For each account of a post that waits with a shorter notice than the standard one: a sentence."""
    authorize(tx.actor, "read")
    found = target(tx, name)
    rows = [r for r in found.deliveries if r.state == "waiting" and act_of(r).content]
    said = {}
    for one in words(tx, found, rows):
        case, of = one.case, (tx.policy, lang)
        said[one.row.account] = _shorter(case.account, case.content, case.rendered, of=of)
    return {account: sentence for account, sentence in said.items() if sentence}


def shows(
    account: Account | None, content: Content, rendered: Rendered, *, of: tuple[Policy, str]
) -> Exact:
    """What a rendering shows; `of`: the policy, and the reader's language."""
    pictures = [medium for part in rendered.parts for medium in part.media]
    return Exact(
        network=rendered.network,
        text=rendered.text,
        thread=_parts(rendered),
        title=rendered.title,
        link=rendered.link,
        images=tuple(
            Image(alt=m.alt, sha256=m.sha256, width=m.width, height=m.height, size=m.size)
            for m in pictures
        ),
        length=rendered.length,
        limit=rendered.limit,
        disclaimer=rendered.disclaimer,
        markup=rendered.markup,
        shorter_notice=_shorter(account, content, rendered, of=of),
        images_note=_note(rendered.network, of[1]) if pictures else "",
    )


def _note(network: str, lang: str) -> str:
    note = about(network).images_note
    return say_part(note, lang) if note else ""


def _parts(rendered: Rendered) -> tuple[Part, ...]:
    if len(rendered.parts) < 2:
        return ()
    unit, limit = about(rendered.network).unit, rendered.limit
    return tuple(
        Part(text=part.text, length=length(part.text, unit, limit)) for part in rendered.parts
    )


def _telling(found: Target) -> list[DeliveryRow]:
    """Of each account, what its words are to be told by: the newest, but no edit that was cancelled."""
    rows = [r for r in found.deliveries if act_of(r).content]
    rows.sort(key=lambda r: (r.account, r.state != "cancelled", r.revision))
    return list({r.account: r for r in rows}.values())


def _draft(tx: Tx, found: Target, lang: str) -> dict[str, Exact]:
    """A draft has no deliveries yet; its words are shown as they would be sent all the same."""
    said: dict[str, Exact] = {}
    for account in map(account_value, account_rows(tx, found.accounts)):
        content = content_for(found.revision, account.id, account.lang)
        rendered = render(content, account, tx.policy)
        said[account.id] = shows(account, content, rendered, of=(tx.policy, lang))
    return said


def _shorter(
    account: Account | None, content: Content, rendered: Rendered, *, of: tuple[Policy, str]
) -> str:
    if account is None:
        return ""
    policy, lang = of
    length = length_with_standard(rendered, content, account, policy=policy)
    return shorter_notice(rendered, length, lang) if length else ""
