"""Where the policy owners were told until this start: config.toml alone must not silence them.

What a start loosens is told to the addresses of the start before as well, and so is that they are left
out. They are forgotten at a later start, once all that was to be told to policy owners was sent.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from publisher.clock import rfc3339
from publisher.config import Config
from publisher.errors import Do
from publisher.store import Tx, meta
from publisher.store import tables as t
from publisher.store.notices import tell
from publisher.store.tables import core

OWNER = "policy owner"
_FACT = "addresses of the policy owners"
_PERSON = core(t.Person)
_NOTICE = core(t.Notification)
_WAITING = select(_NOTICE.c.id).where(_NOTICE.c.audience == OWNER, _NOTICE.c.sent_at.is_(None))


def addresses(tx: Tx) -> Sequence[str]:
    """References that the present config.toml no longer names for policy owners."""
    return list(_kept(tx).get("former", ()))


def known(tx: Tx) -> list[str]:
    """References for the present policy owners, by the config.toml of the start before."""
    return _of(tx, _kept(tx))


def keep(tx: Tx, config: Config, before: Sequence[str]) -> None:
    """Remember this start's references, and of those `before` what is left out; that is told."""
    was = _kept(tx)
    now: dict[str, Any] = {
        "role": list(config.notify.get(OWNER, config.notify.get("default", ()))),
        "people": {p.id: list(p.notify) for p in config.people.values() if p.notify},
    }
    present = _of(tx, now)
    gone = [one for one in before if one not in present]
    if gone:
        changes = Do("read", {"how": "changes"})
        tell(tx, f"left out:{rfc3339(tx.now)}", OWNER, "addresses_left_out", changes, gone=gone)
    if tx.first(_WAITING.limit(1)) is not None:
        gone += [one for one in was.get("former", ()) if one not in (*gone, *present)]
    now["former"] = gone
    value = json.dumps(now, sort_keys=True) if any(now.values()) else ""
    if value != meta.get(tx, _FACT):
        meta.put(tx, _FACT, value)


def _kept(tx: Tx) -> Mapping[str, Any]:
    """Nothing, where somebody changed it by hand into something else: `audit verify` names that."""
    try:
        found = json.loads(meta.get(tx, _FACT) or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _of(tx: Tx, kept: Mapping[str, Any]) -> list[str]:
    people = tx.all(select(_PERSON).where(_PERSON.c.retired_at.is_(None)).order_by(_PERSON.c.name))
    owners = [p.name for p in people if OWNER in p.roles]
    by_name = kept.get("people", {})
    each = [one for name in owners for one in by_name.get(name, ())]
    return list(dict.fromkeys([*kept.get("role", ()), *each]))
