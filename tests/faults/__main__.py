"""`python -m tests.faults`: the matrix network x fault x crash point, every cell one post.

Each cell shows the state that the post came to and how many copies are public. Ends with 1 when a
cell is a double, a loss or a lie.
"""

import io
import random
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image
from sqlalchemy import select

from publisher import media
from publisher.desk import write
from publisher.sandbox import serve
from publisher.store import facts
from publisher.store import tables as t
from publisher.store.mark import MarkFile, folder_of
from publisher.store.tables import core
from tests.chaos import stage as stages
from tests.chaos.crowd import DELIVERY, Crowd
from tests.chaos.stage import ANN, NETWORKS, Stage
from tests.faults.cuts import POINTS, Cut

# fault -> seconds it takes; "rejected" is held by the network's moderators, who then say no.
FAULTS = {
    "none": 0.0, "429": 1.0, "401": 0.0, "500-before": 0.0, "500-after": 0.0, "hang-before": 3.0,
    "hang": 3.0, "reset-before": 0.0, "reset": 0.0, "slow": 0.5, "garbage": 0.0, "lag": 1.0,
    "moderated": 0.0, "rejected": 0.0,
}  # fmt: skip
MODERATED = ("wordpress", "discourse")
DAEMON = ("workers = 64", "send_deadline = 1", "lease = 11", "look_again = [0.1, 0.5, 1.5]")
PATIENCE = 40.0  # seconds in which all cells of one crash point come to rest


@dataclass(frozen=True)
class Cell:
    """What became of one post."""

    state: str
    copies: int
    problem: str = ""

    def __str__(self) -> str:
        return f"{self.state} {self.copies}" + (" !!" if self.problem else "")


def cells() -> dict[str, tuple[str, str]]:
    """account -> (network, fault)"""
    return {
        f"{network}-{fault}": (network, fault)
        for network in NETWORKS
        for fault in FAULTS
        if fault not in ("moderated", "rejected") or network in MODERATED
    }


def column(point: str) -> dict[str, Cell]:
    """Every network and fault with a crash at this point; all in one company, side by side."""
    folder = Path(tempfile.mkdtemp(prefix="faults-"))
    accounts = {name: network for name, (network, _) in cells().items()}
    try:
        with serve(port=0) as sandbox:
            stage = stages.build(folder, sandbox.url, "", accounts, daemon=DAEMON)
            crowd = Crowd(stage, random.Random(point), list(accounts))
            _order(stage)
            _walk(stage, crowd, point)
            return {name: _cell(stage, crowd, name) for name in accounts}
    finally:
        shutil.rmtree(folder)


def _order(stage: Stage) -> None:
    for name, (network, fault) in cells().items():
        if fault != "none":
            kind = "moderated" if fault == "rejected" else fault
            stage.tell("faults", fault=kind, network=network, account=name,
                       seconds=FAULTS[fault]).raise_for_status()  # fmt: skip


def _walk(stage: Stage, crowd: Crowd, point: str) -> None:
    """Post, go up to the crash, start anew, and go on until all is at rest."""
    mark, installation = _mark(stage)
    for name in crowd.accounts:
        _post(crowd, name)
    first = Cut(stage.app, mark, installation)
    first.point = point
    first.start()
    everyone = len(crowd.accounts)
    first.until(lambda: first.reached == everyone or not _moving(crowd), 8)
    if point != "no crash" and first.reached != everyone:
        raise SystemExit(f"{point}: only {first.reached} of {everyone} came that far")
    first.die()
    second = Cut(stage.app, mark, installation)
    second.start()
    ends = time.monotonic() + PATIENCE
    while _moving(crowd) and time.monotonic() < ends:
        second.until(lambda: False, 0.3)
        crowd.reconnect()
        _moderate(stage)
        crowd.hurry()
    second.die()
    mark.close()


def _mark(stage: Stage) -> tuple[MarkFile, str]:
    with stage.app.store.write() as tx:
        installation = facts.installation(tx)
    return MarkFile(folder_of(stage.config.witness, installation)), installation


def _post(crowd: Crowd, account: str) -> None:
    """One post with an image, so that every network has something to prepare."""
    stream = io.BytesIO()
    Image.new("RGB", (4, 4), "red").save(stream, "PNG")
    app, token = crowd.stage.app, f"t{crowd.dice.getrandbits(40):010x}"
    picture = media.put(app.media_folder, stream.getvalue(), "a red square")
    new = write.NewPost(crowd.words(token), (account,), title=f"A word about {token} from us",
                        media=(picture,))  # fmt: skip
    with app.store.write(ANN) as tx:
        post = write.create(tx, new)
        write.submit(tx, post)
    crowd.tokens[post] = token
    crowd.approve(post)


def _moving(crowd: Crowd) -> bool:
    """Is anything not settled, and not in a person's hands?"""
    busy = DELIVERY.c.state.in_(("waiting", "claimed", "sending"))
    unclear = DELIVERY.c.state.in_(("unknown", "accepted"))
    looked = unclear & DELIVERY.c.wake_at.is_not(None)
    return bool(crowd._rows(busy | looked))


def _moderate(stage: Stage) -> None:
    for post in stage.ask("posts")["posts"]:
        if post["state"] == "held":
            stage.tell("moderate", id=post["id"], network=post["network"],
                       approve=not post["account"].endswith("rejected"))  # fmt: skip


def _cell(stage: Stage, crowd: Crowd, account: str) -> Cell:
    [row] = crowd._rows(DELIVERY.c.account == account)
    posts = stage.ask("posts", account=account)["posts"]
    mine = [post for post in posts if crowd.tokens[row.post_id] in post["text"]]
    copies = sum(post["publications"] for post in mine)
    return Cell(row.state, copies, _problem(stage, row, mine, copies))


def _problem(stage: Stage, row: Any, mine: list[dict[str, Any]], copies: int) -> str:
    if copies > 1 or len(mine) > 1:
        return "double"
    if row.state == "published" and [post["id"] for post in mine] != [row.remote_id]:
        return "a lie: it is not public under this id"
    if row.state in ("refused", "blocked", "expired", "cancelled") and copies:
        return "a lie: it is public"
    if row.state not in ("published", "refused") and not _with_a_person(stage, row):
        return f"lost: it never came to rest ({row.reason})"
    if mine and "official" not in mine[0]["text"]:
        return "no notice in it"
    return ""


def _with_a_person(stage: Stage, row: Any) -> bool:
    """Unclear, not looked at again by the machine, and somebody was told."""
    table = core(t.Notification)
    with stage.app.store.read() as tx:
        told = any(row.id in one.dedupe for one in tx.all(select(table.c.dedupe)))
    return row.state in ("unknown", "accepted") and row.wake_at is None and told


def main() -> int:
    """The matrix, one table per network; then what is wrong with it."""
    began = time.monotonic()
    matrix = {point: column(point) for point in POINTS}
    for network in NETWORKS:
        print(f"\n{network:<16}" + "".join(f"{point:<17}" for point in POINTS))
        for name, (of, fault) in cells().items():
            if of == network:
                shown = "".join(f"{matrix[point][name]!s:<17}" for point in POINTS)
                print(f"  {fault:<14}{shown}")
    bad = [
        f"{point}, {name}: {cell} {cell.problem}"
        for point, found in matrix.items()
        for name, cell in found.items()
        if cell.problem
    ]
    counted = sum(len(found) for found in matrix.values())
    print(f"\n{counted} cells (state, copies public), {len(bad)} wrong, "
          f"{time.monotonic() - began:.0f} s. unknown: a person was asked.")  # fmt: skip
    print("\n".join(bad))
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main())
