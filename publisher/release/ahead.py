"""What can be done before the instant, so that at the instant there is one commit and one request.

From about a minute before, what is planned to go is judged as of its `release_at`. Where everything
but the clock passes, who-am-I is asked if it must be, and uploads and drafts are made: invisible, and
repeatable. Nothing is claimed: notes are kept as long as state and fence are the same, and whatever
changes meanwhile is judged at the instant as ever.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select

from publisher.acts import act_of
from publisher.content import Rendered
from publisher.gate import Judged, rehearse
from publisher.networks.registry import about
from publisher.release.claim import read
from publisher.release.intend import Gate, Judgement, intent_of, lacks_whoami
from publisher.store import Tx
from publisher.store import tables as t
from publisher.store.tables import Utc, core

_DELIVERY = core(t.Delivery)
_ACCOUNT = core(t.Account)

AHEAD = timedelta(seconds=75)  # a minute, and the longest sleep between two passes
AT_ONCE = 10  # what is due must not wait for long

# What was looked at: a delivery as it was, and when its account had last said who it is.
Look = tuple[str, int, int, datetime | None]

_SOON = (
    select(_DELIVERY.c.id, _DELIVERY.c.fence, _DELIVERY.c.revision, _ACCOUNT.c.whoami_at)
    .join(_ACCOUNT, _ACCOUNT.c.id == _DELIVERY.c.account)
    .where(
        _DELIVERY.c.wake_at > bindparam("now", type_=Utc),
        _DELIVERY.c.wake_at <= bindparam("until", type_=Utc),
        _DELIVERY.c.wake_at == _DELIVERY.c.release_at,
        _DELIVERY.c.state == "waiting",
        _DELIVERY.c.verdict.in_(("PASS", "WARN")),
        _DELIVERY.c.unproven == "",
        _ACCOUNT.c.broken_since.is_(None),
        _ACCOUNT.c.not_before.is_(None) | (_ACCOUNT.c.not_before <= _DELIVERY.c.release_at),
    )
    .order_by(_DELIVERY.c.release_at, _DELIVERY.c.id)
)


def look(
    tx: Tx, seen: Collection[Look], gate: Gate, most: int
) -> tuple[Sequence[Look], set[Look], Judgement]:
    """Rehearse at most `most` of what is due soon and was not seen as it is now.

    Those, all that has been seen and is still to come, and what they need.
    """
    soon: list[Look] = [(*row,) for row in tx.all(_SOON, {"now": tx.now, "until": tx.now + AHEAD})]
    news = [one for one in soon if one not in seen][:most]
    kept = {*news, *(one for one in soon if one in seen)}
    return news, kept, _needed(tx, [one[0] for one in news], gate)


def _needed(tx: Tx, ids: Sequence[str], gate: Gate) -> Judgement:
    prepare, whoami = [], []
    for judged in rehearse(tx, read(tx, ids), gate.credential_of):
        account_row = judged.facts.account_row
        if account_row is None:
            continue
        if lacks_whoami(judged):
            whoami.append((judged.row, account_row))
        elif judged.verdict.sends and _invisible(judged):
            intent = intent_of(tx, judged, None, gate.limits)
            if gate.needs_preparing(account_row, intent):
                prepare.append((judged.row, account_row, intent))
    return Judgement(prepare=prepare, whoami=whoami)


def _invisible(judged: Judged) -> bool:
    """Is nothing of what is prepared shown at once? And is it no look at what is public, which must be
    of just now?
    """
    rendered: Rendered = judged.facts.case.rendered
    shown = about(rendered.network).shows_uploads and any(part.media for part in rendered.parts)
    return act_of(judged.row).makes_post and not shown
