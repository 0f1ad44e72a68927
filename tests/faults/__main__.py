"""`python -m tests.faults`: the matrix network x fault x crash point, every cell one delivery.

Each cell shows the state that it came to, and what the network shows: how many copies are public,
or for an edit and a retract whether it was done. Ends with 1 when a cell is a double, a loss or a lie.
"""

import io
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from PIL import Image
from sqlalchemy import select

from publisher import media
from publisher.content import Media
from publisher.desk import compose, door, takedown
from publisher.networks.registry import about, images
from publisher.roles import MACHINE
from publisher.sandbox import serve
from publisher.sandbox.faults import MODERATED_NETWORKS
from publisher.store import meta
from publisher.store import tables as t
from publisher.store.mark import MarkFile, folder_of
from publisher.store.tables import core
from publisher.words import read
from tests.chaos import stage as stages
from tests.chaos.known import DELIVERY, Known
from tests.chaos.stage import ANN, CY, NETWORKS, Stage
from tests.faults import measures
from tests.faults.cuts import POINTS, Cut
from tests.faults.people import approve, reconnect

# fault -> seconds it takes; "rejected" is held by the network's moderators, who then say no.
FAULTS = {
    "none": 0.0,
    "429": 1.0,
    "401": 0.0,
    "500-before": 0.0,
    "500-after": 0.0,
    "hang-before": 3.0,
    "hang": 3.0,
    "reset-before": 0.0,
    "reset": 0.0,
    "slow": 0.5,
    "garbage": 0.0,
    "lag": 1.0,
    "moderated": 0.0,
    "rejected": 0.0,
}
DAEMON = ("workers = 64", "send_deadline = 1", "lease = 11", "look_again = [0.1, 0.5, 1.5]")
# An edit is only looked at first, and a takedown goes out as it is claimed.
ACTS = {
    "publish": POINTS,
    "thread": ("no crash", "before sending", "before settling"),  # at its second post
    "edit": tuple(point for point in POINTS if point not in ("prepared ahead", "after preparing")),
    "retract": ("no crash", "before sending", "before settling"),
    "measure": measures.POINTS,
}
EDITED = "said anew"
POSTS = 3  # of a thread
DONE: dict[str, Callable[[Sequence[Mapping[str, Any]]], int]] = {
    "publish": lambda posts: sum(post["publications"] for post in posts),
    "thread": lambda posts: sum(post["publications"] for post in posts),
    "edit": lambda posts: sum(EDITED in post["text"] for post in posts),
    "retract": lambda posts: sum(post["state"] == "removed" for post in posts),
}
SOON = 30.0  # seconds until what is prepared ahead comes due: first all of it is written
PATIENCE = 40.0  # seconds in which all cells of one crash point come to rest


@dataclass(frozen=True)
class Cell:
    """What became of one post."""

    state: str
    done: int
    problem: str = ""

    def __str__(self) -> str:
        return f"{self.state} {self.done}" + (" !!" if self.problem else "")


def cells(act: str) -> dict[str, tuple[str, str]]:
    """account -> (network, fault), where the network knows the act and the fault makes sense."""
    return {
        f"{network}-{fault}": (network, fault)
        for network in NETWORKS
        for fault in FAULTS
        if fault not in ("moderated", "rejected")
        or (network in MODERATED_NETWORKS and act == "publish")
        if act != "edit" or about(network).edits
        if act != "thread" or about(network).threads
        if act != "measure" or about(network).measures
    }


def column(act: str, point: str) -> dict[str, Cell]:
    """Every network and fault with a crash at this point; all in one company, side by side."""
    if act == "measure":
        return _measures(point)
    folder = Path(tempfile.mkdtemp(prefix="faults-"))
    accounts = {name: network for name, (network, _) in cells(act).items()}
    try:
        with serve(port=0) as sandbox:
            stage = stages.build(folder, sandbox.url, "", accounts, daemon=DAEMON)
            known = Known(stage, random.Random(f"{act} {point}"), list(accounts))
            posts, picture = {}, _picture(stage)
            asked: dict[str, Any] = {"thread": True} if act == "thread" else {}
            if point == "prepared ahead":
                asked["at"] = datetime.fromtimestamp(time.time() + SOON, UTC).isoformat()
            if act == "publish":
                _order(stage, act)
            for name in accounts:
                posts[name] = _post(known, name, picture, asked)
            if act in ("edit", "retract"):
                _walk(stage, known, "no crash")
                _order(stage, act)
                for post in posts.values():
                    _change(known, post, act)
            _walk(stage, known, point, thread=act == "thread")
            return {name: _cell(stage, known, name, act) for name in accounts}
    finally:
        shutil.rmtree(folder)


def _measures(point: str) -> dict[str, Cell]:
    faults = {name: (fault, FAULTS[fault]) for name, (_, fault) in cells("measure").items()}
    with serve(port=0) as sandbox:
        found = measures.column(sandbox.url, faults, point, DAEMON)
    return {name: Cell(*one) for name, one in found.items()}


def _order(stage: Stage, act: str) -> None:
    for name in cells(act):
        _order_one(stage, act, name)


def _order_one(stage: Stage, act: str, name: str) -> None:
    network, fault = cells(act)[name]
    if fault != "none":
        kind = "moderated" if fault == "rejected" else fault
        stage.tell(
            "faults", fault=kind, network=network, account=name, seconds=FAULTS[fault]
        ).raise_for_status()


def _walk(stage: Stage, known: Known, point: str, *, thread: bool = False) -> None:
    """Go up to the crash, start anew, and go on until all is at rest."""
    mark, installation = _mark(stage)
    first = Cut(stage.app, mark, installation)
    first.point = point
    if thread:
        first.part, first.order = 1, lambda name: _order_one(stage, "thread", name)
    first.start()
    everyone = len([name for name in known.accounts if _comes_to(point, name.partition("-")[0])])
    first.until(lambda: first.reached == everyone or not _moving(known), PATIENCE)
    if point != "no crash" and first.reached != everyone:
        raise SystemExit(f"{point}: only {first.reached} of {everyone} came that far")
    first.die()
    second = Cut(stage.app, mark, installation)
    second.start()
    ends = time.monotonic() + PATIENCE + (SOON if point == "prepared ahead" else 0)
    while _moving(known) and time.monotonic() < ends:
        second.until(lambda: False, 0.3)
        reconnect(stage)
        _moderate(stage)
        known.hurry()
    second.die()
    mark.close()


def _comes_to(point: str, network: str) -> bool:
    """Does a post with an image come to that point of the walk there?"""
    return point != "prepared ahead" or not about(network).shows_uploads


def _mark(stage: Stage) -> tuple[MarkFile, str]:
    with stage.app.store.write(MACHINE) as tx:
        installation = meta.installation(tx)
    return MarkFile(folder_of(stage.config.witness, installation)), installation


def _picture(stage: Stage) -> Media:
    stream = io.BytesIO()
    Image.new("RGB", (4, 4), "red").save(stream, "PNG")
    return media.put(stage.app.media_folder, stream.getvalue(), images(), alt="a red square")


def _post(known: Known, account: str, picture: Media, asked: Mapping[str, Any]) -> str:
    """One post with an image, so that every network has something to prepare."""
    app, token = known.stage.app, f"t{known.dice.getrandbits(40):010x}"
    new = door.NewPost(
        known.long(token) if asked.get("thread") else known.words(token),
        (account,),
        title=f"A word about {token} from us",
        media=(picture,),
        **asked,
    )
    with app.store.write(ANN) as tx:
        post = compose.create(tx, new)
        compose.submit(tx, post)
    known.tokens[post] = token
    approve(known.stage, post)
    return post


def _change(known: Known, post: str, act: str) -> None:
    if act == "retract":
        with known.stage.app.store.write(CY) as tx:
            takedown.retract(tx, post, "faults")
        return
    with known.stage.app.store.write(ANN) as tx:
        compose.edit(tx, post, {"text": f"{known.words(known.tokens[post])} {EDITED}"})
    approve(known.stage, post)


def _moving(known: Known) -> bool:
    """Is anything not settled, and not in a person's hands?"""
    busy = DELIVERY.c.state.in_(("waiting", "claimed", "sending"))
    unclear = DELIVERY.c.state.in_(("unknown", "accepted"))
    looked = unclear & DELIVERY.c.wake_at.is_not(None)
    return bool(known.rows(busy | looked))


def _moderate(stage: Stage) -> None:
    for post in stage.ask("posts")["posts"]:
        if post["state"] == "held":
            stage.tell(
                "moderate",
                id=post["id"],
                network=post["network"],
                approve=not post["account"].endswith("rejected"),
            )


def _cell(stage: Stage, known: Known, account: str, act: str) -> Cell:
    made = "publish" if act == "thread" else act
    [row] = known.rows(DELIVERY.c.account == account, DELIVERY.c.act == made)
    posts = stage.ask("posts", account=account)["posts"]
    mine = [post for post in posts if known.tokens[row.post_id] in post["text"]]
    done = DONE[act](mine)
    problem = _torn(mine, row) if act == "thread" else _problem(stage, row, mine, done)
    return Cell(row.state, done, problem or _problem(stage, row, mine[:1], done))


def _problem(stage: Stage, row: Any, mine: list[dict[str, Any]], done: int) -> str:
    if len(mine) > 1 or any(post["publications"] > 1 for post in mine):
        return "double"
    if row.state == "published" and not (done and mine[0]["id"] == row.remote_id):
        return "a lie: it was not done, or not to this post"
    if row.state in ("refused", "blocked", "expired", "cancelled") and done:
        return "a lie: it was done"
    rests = ("published", "refused", "partly_published")
    if row.state not in rests and not _with_a_person(stage, row):
        return f"lost: it never came to rest ({read(row.reason, 'en')})"
    if mine and "official" not in mine[0]["text"]:
        return "no notice in it"
    return ""


def _torn(posts: list[dict[str, Any]], row: Any) -> str:
    """What is wrong with the posts of a thread, each answering the one before."""
    chain = [None, *(post["id"] for post in posts)]
    if [post["reply_to"] for post in posts] != chain[:-1] or len(posts) > POSTS:
        return "double, or a gap"
    known = len(row.notes.get("public", ()))
    if row.state == "published" and len(posts) != POSTS:
        return "a lie: not all of it is public"
    if row.state == "partly_published" and len(posts) != known:
        return "a lie: it says that other posts are public"
    return ""


def _with_a_person(stage: Stage, row: Any) -> bool:
    """Unclear, not looked at again by the machine, and somebody was told."""
    table = core(t.Notification)
    with stage.app.store.read() as tx:
        told = any(row.id in one.dedupe for one in tx.all(select(table.c.dedupe)))
    return row.state in ("unknown", "accepted") and row.wake_at is None and told


def main() -> int:
    """The matrix, one table per act and network; then what is wrong with it."""
    began, bad, counted = time.monotonic(), [], 0
    for act, points in ACTS.items():
        matrix = {point: column(act, point) for point in points}
        _show(act, matrix)
        for point, found in matrix.items():
            counted += len(found)
            bad += [
                f"{act}, {point}, {name}: {cell} {cell.problem}"
                for name, cell in found.items()
                if cell.problem
            ]
    print(
        f"\n{counted} cells, {len(bad)} wrong, {time.monotonic() - began:.0f} s. "
        "unknown, accepted: a person was asked."
    )
    print("\n".join(bad))
    return int(bool(bad))


def _show(act: str, matrix: dict[str, dict[str, Cell]]) -> None:
    for network in NETWORKS:
        rows = [(name, fault) for name, (of, fault) in cells(act).items() if of == network]
        if rows:
            print(f"\n{f'{act}: {network}':<20}" + "".join(f"{point:<17}" for point in matrix))
        for name, fault in rows:
            shown = "".join(f"{found[name]!s:<17}" for found in matrix.values())
            print(f"  {fault:<18}{shown}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
