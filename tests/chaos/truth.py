"""What the networks hold against what the database says: doubles, losses and lies."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, func, select

from publisher.roles import MACHINE
from publisher.store import audit, meta
from publisher.store import tables as t
from publisher.store.mark import folder_of
from publisher.store.tables import core
from publisher.words import read
from tests.chaos import comments
from tests.chaos.crowd import Crowd
from tests.chaos.known import DELIVERY
from tests.chaos.stage import Stage

LEDGER = core(t.LedgerRow)
NOTICE = core(t.Notification)
POST = core(t.Post)
REVISION = core(t.Revision)
NOTICES = {"long": "not necessarily an official announcement", "x": "official"}
OPEN = ("unknown", "accepted", "partly_published")
NEVER = ("refused", "blocked", "expired", "cancelled")


@dataclass
class Found:
    """Violations by kind, and the figures of the table."""

    doubles: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    states: Counter[str] = field(default_factory=Counter)

    @property
    def violations(self) -> list[str]:
        return [
            f"{kind}: {said}"
            for kind, all_said in (
                ("double", self.doubles),
                ("lost", self.lost),
                ("wrong", self.wrong),
            )
            for said in all_said
        ]


def compare(stage: Stage, crowd: Crowd, *, settled: bool) -> Found:
    """Look at everything. `settled`: people have answered, so nothing may be unclear any more."""
    with stage.app.store.read() as tx:
        rows = tx.all(select(DELIVERY).order_by(DELIVERY.c.id))
        texts = {(r.post_id, r.number): r.text for r in tx.all(select(REVISION))}
        told = {row[0] for row in tx.all(select(NOTICE.c.dedupe))}
    posts = stage.ask("posts")["posts"]
    found = Found(states=Counter(f"{row.act} {row.state}" for row in rows))
    _count_copies(found, crowd, (rows, texts), posts)
    _check_notices(found, posts)
    by_id = {(post["account"], post["id"]): post for post in posts}
    found.wrong += _broken_threads(posts)
    found.states.update(f"{row.what} {row.state}" for row in comments.rows(stage))
    found.wrong += comments.wrong(stage, settled=settled)
    for row in rows:
        _check_progress(found, row, rows, told, settled=settled)
        if row.state == "published":
            _check_public(found, row, rows, by_id.get((row.account, row.remote_id)), texts)
    _check_keys(found, stage, crowd)
    _check_ledger(found, stage)
    return found


def _check_keys(found: Found, stage: Stage, crowd: Crowd) -> None:
    """Each request to write made one post, however often it was sent."""
    with stage.app.store.read() as tx:
        kept = {row.id: row.key for row in tx.all(select(POST.c.id, POST.c.key))}
    answered = {post: key for key, post in crowd.keys.items()}
    found.lost += [
        f"{answered[post]}: {post} is not there" for post in answered if post not in kept
    ]
    for post, key in kept.items():
        if key in crowd.keys and crowd.keys[key] != post:
            found.doubles.append(f"{key} wrote {post} beside {crowd.keys[key]}")
        elif answered.get(post) != key:
            found.wrong.append(f"{post} ({key}) was written, and nobody was told")


def _count_copies(
    found: Found, crowd: Crowd, known: tuple[Sequence[Row[Any]], Any], posts: Any
) -> None:
    """n posts with the same words: at least the published ones are there, at most also the unclear.

    Of a thread each post is counted by itself. `known`: the deliveries, and the texts of revisions.
    """
    groups, copies = _groups(crowd, *known), _copies(crowd, posts)
    for post in posts:
        if post["publications"] > 1:
            found.doubles.append(f"{post['account']}/{post['id']} was published again")
    for key in set(groups) | set(copies):
        members = groups.get(key, [])
        sure = sum(row.state == "published" for row in members)
        open_ = sum(row.state in OPEN or _begun(row) for row in members)
        seen = f"{key}: {copies[key]} public, {sorted(f'{r.id} {r.state}' for r in members)}"
        if copies[key] > len(members):
            found.doubles.append(seen)
        elif copies[key] > sure + open_:
            found.wrong.append(f"public, and nobody knows: {seen}")
        elif copies[key] < sure:
            found.wrong.append(f"said to be public, and is not: {seen}")


def _groups(
    crowd: Crowd, rows: Sequence[Row[Any]], texts: Any
) -> dict[tuple[str, str], list[Row[Any]]]:
    """By account and mark, the deliveries that were to say that."""
    groups: dict[tuple[str, str], list[Row[Any]]] = defaultdict(list)
    for row in rows:
        if row.act == "publish":
            for mark in crowd.marks(row, texts[row.post_id, row.revision]):
                groups[row.account, mark].append(row)
    return groups


def _copies(crowd: Crowd, posts: Any) -> Counter[tuple[str, str]]:
    """By account and mark, how often that was made public."""
    copies: Counter[tuple[str, str]] = Counter()
    tokens = crowd_tokens(crowd)
    for post in posts:
        words = _words(post["text"])
        mark = next((word for word in words if word.partition("-")[0] in tokens), "")
        mark = mark if crowd.threads(post["account"]) else mark.partition("-")[0]
        copies[post["account"], mark] += post["publications"]
    return copies


def _begun(row: Row[Any]) -> bool:
    return row.state in ("waiting", "claimed", "sending") and bool(row.notes.get("public"))


def _broken_threads(posts: Any) -> list[str]:
    """Each post of a thread answers the one before it, of the same account."""
    by_id = {post["id"]: post for post in posts if post["network"] == "x"}
    wrong = []
    for post in by_id.values():
        number = _number(post)
        before = by_id.get(post["reply_to"])
        if number != (1 + _number(before) if before else 1) or (before and not post["reply_to"]):
            wrong.append(f"{post['account']}/{post['id']} is post {number}, and answers {before}")
        if before and before["account"] != post["account"]:
            wrong.append(f"{post['account']}/{post['id']} answers somebody else")
    return wrong


def _number(post: Any) -> int:
    """Which of its thread it says that it is; 1 of what is none."""
    said = re.search(r"\((\d+)/\d+\)", post["text"])
    return int(said[1]) if said else 1


def crowd_tokens(crowd: Crowd) -> set[str]:
    return set(crowd.tokens.values())


def _words(text: str) -> list[str]:
    return text.replace("<", " ").replace(">", " ").split()


def _check_notices(found: Found, posts: Any) -> None:
    for post in posts:
        wanted = NOTICES["x" if post["network"] == "x" else "long"]
        if wanted not in post["text"] and not post["reply_to"]:
            found.wrong.append(f"{post['account']}/{post['id']} has no notice: {post['text'][:80]}")


def _check_progress(
    found: Found, row: Row[Any], rows: Sequence[Row[Any]], told: set[str], *, settled: bool
) -> None:
    reason = read(row.reason, "en")
    where = f"{row.id} {row.act} {row.account} {row.state} ({reason})"
    if row.state in ("claimed", "sending"):
        found.lost.append(f"{where}: still in flight")
    elif row.state == "waiting" and not waits_for_unclear(row, rows):
        found.lost.append(f"{where}: waits, wake_at {row.wake_at}, {row.findings}")
    elif row.state in ("unknown", "accepted"):
        if settled or row.wake_at is not None:
            found.lost.append(f"{where}: not resolved, wake_at {row.wake_at}")
        elif not any(row.id in one for one in told) and "earlier try" not in reason:
            found.lost.append(f"{where}: left to a person who was not told")


def waits_for_unclear(row: Row[Any], rows: Sequence[Row[Any]]) -> bool:
    """A takedown, and a twin, of what may or may not be public wait until that is known (H18, H6)."""
    awaited = {f["args"]["other"] for f in row.findings if f["rule"] == "twin"}
    if row.act == "retract" and not row.target:
        awaited.add(row.post_id)
    return any(
        other.state in ("unknown", "accepted")
        and other.act == "publish"
        and other.account == row.account
        and other.post_id in awaited
        for other in rows
    )


def _check_public(
    found: Found, row: Row[Any], rows: Sequence[Row[Any]], post: dict[str, Any] | None, texts: Any
) -> None:
    where = f"{row.id} {row.act} {row.account} {row.remote_id}"
    if post is None:
        found.wrong.append(f"{where}: published, and the network has no such post")
        return
    about = [r for r in rows if (r.post_id, r.account) == (row.post_id, row.account)]
    takedown = any(r.act == "retract" and r.state in ("published", "unknown") for r in about)
    if row.act == "retract":
        if post["state"] == "public":
            found.wrong.append(f"{where}: taken down, and still public")
    elif post["state"] != "public" and not takedown:
        found.wrong.append(f"{where}: published, and the network says {post['state']}")
    elif post["state"] == "public":
        shown = [r for r in about if r.act != "retract" and r.state in ("published", "unknown")]
        if not any(_says(post, texts[r.post_id, r.revision]) for r in shown):
            found.wrong.append(f"{where}: other words are public: {post['text'][:60]}")


def _says(post: dict[str, Any], text: str) -> bool:
    """All of the words, or the beginning of them as the first post of a thread."""
    return text in post["text"] or text.startswith(post["text"].partition(" (1/")[0])


def _check_ledger(found: Found, stage: Stage) -> None:
    with stage.app.store.write(MACHINE) as tx:
        installation = meta.installation(tx)
    verified = audit.verify(stage.app.store, folder_of(stage.config.witness, installation))
    found.wrong += [f"ledger: {problem}" for problem in verified.problems]


def outcomes(stage: Stage) -> dict[str, int]:
    """How unknowns ended, from the ledger: by the machine's look-ups, by repeats, by people."""
    with stage.app.store.read() as tx:
        rows = tx.all(
            select(LEDGER.c.verb, LEDGER.c.actor, func.count().label("n"))
            .where(LEDGER.c.before == "unknown", LEDGER.c.verb != "look")
            .group_by(LEDGER.c.verb, LEDGER.c.actor)
        )
        doubted = tx.value(
            select(func.count())
            .select_from(LEDGER)
            .where(LEDGER.c.after == "unknown", LEDGER.c.before != "unknown")
        )
    counted = Counter({"unknown": doubted or 0})
    for row in rows:
        who = "found by look-up" if row.actor == "publisher" else "answered by a person"
        counted["repeated" if row.verb == "repeat" else who] += row.n
    return dict(counted)
