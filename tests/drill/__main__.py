"""`python -m tests.drill`: lose a day, restore the backup, and go on; with the real commands.

Back up; then publish, move, edit, cancel, pause, return, take down, change the policy, stop; kill the
daemon, restore, start, adopt. On all networks of the sandbox. Ends with 1 unless nothing was
doubled, no decision was lost and no sentence was false. `--quick` leaves some kinds out.
"""

import argparse
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Row, select

from publisher.desk import compose, door, review
from publisher.read import posts
from publisher.store import tables as t
from publisher.store.tables import core
from publisher.words import read
from tests.chaos import stage as stages
from tests.chaos.stage import ANN, BO, NETWORKS, Stage
from tests.drill.commands import Broken, Hands

DELIVERY = core(t.Delivery)
ACCOUNTS = {f"{name}-0": name for name in NETWORKS}
LATER = (datetime.now(UTC) + timedelta(days=9)).strftime("%Y-%m-%d 10:00")
MOVED = (datetime.now(UTC) + timedelta(days=12)).strftime("%Y-%m-%d 10:00")
QUICK = ("sent", "edited", "cancelled", "untouched")
# what a look-up says when it found nothing: false while it is public
NOT_THERE = re.compile("network.(not_listed|no_key|not_pending|as_it_was|still_public)")


@dataclass(frozen=True)
class Kind:
    """A post's story: when it was asked for, what people did after the backup, what must be then."""

    at: str
    after: Callable[["Drill", str], None]
    public: bool  # is it public when the disaster strikes?
    word: str = "approve"  # what keeps it back afterwards, if it is not public


@dataclass
class Drill:
    """One company, its posts by kind, and what is known to be true about them."""

    stage: Stage
    hands: Hands
    quick: bool = False
    posts: dict[str, str] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def write(self, kind: str, at: str) -> None:
        """Ann writes for every account, Bo says yes."""
        words, title = f"A word about {token(kind)} from us", f"About {token(kind)}"
        to = [word for name in ACCOUNTS for word in ("--to", name)]
        if self.quick:  # what was there before the backup may come in at the desk's own door
            with self.stage.app.store.write(ANN) as tx:
                post = compose.create(tx, door.NewPost(words, tuple(ACCOUNTS), title, at=at))
                compose.submit(tx, post)
        else:
            post = self.hands.json("post", words, *to, "--title", title, "--at", at, by="ann")["id"]
        self.posts[kind] = post
        self.approve(post)

    def approve(self, post: str) -> None:
        """Bo's yes to what it is now."""
        with self.stage.app.store.read(ANN) as tx:
            seen = posts.post(tx, post).fingerprint
        if not self.quick:
            self.hands.json("approve", post, "--seen", seen, by="bo")
            return
        with self.stage.app.store.write(BO) as tx:
            review.approve(tx, post, seen)

    def decide(self, by: str, verb: str, post: str, *more: str) -> Any:
        """A decision that must not be forgotten."""
        found = self.hands.run(verb, *([post] if post else []), *more, by=by)
        if found.returncode:
            raise Broken(f"publisher {verb}: {found.stderr}")
        self.hands.decided.append((by, verb, post))
        return found

    def rows(self, *where: Any) -> list[Row[Any]]:
        with self.stage.app.store.read() as tx:
            return list(tx.all(select(DELIVERY).where(*where)))

    def public(self, kind: str) -> dict[str, list[dict[str, Any]]]:
        """What each account shows of a kind of post."""
        posts = self.stage.ask("posts")["posts"]
        return {
            account: [p for p in posts if p["account"] == account and token(kind) in p["text"]]
            for account in ACCOUNTS
        }

    def complain(self, said: str) -> None:
        self.wrong.append(said)


def token(kind: str) -> str:
    """A word that is in all that is written for this kind, and in nothing else."""
    return "quay" + kind.translate(str.maketrans("", "", "-")) + "wharf"


def _moved_forward(drill: Drill, post: str) -> None:
    drill.decide("ann", "reschedule", post, "--at", "now")
    drill.approve(post)


def _edited(drill: Drill, post: str) -> None:
    drill.decide("ann", "edit", post, "--text", f"Said anew: {token('edited')}, as of today")
    _moved_forward(drill, post)


def _cancelled(drill: Drill, post: str) -> None:
    drill.decide("ann", "cancel", post)


def _paused(drill: Drill, post: str) -> None:
    drill.decide("ann", "pause", post)


def _returned(drill: Drill, post: str) -> None:
    drill.decide("bo", "return", post, "--reason", "a typing error")


def _put_off(drill: Drill, post: str) -> None:
    drill.decide("ann", "reschedule", post, "--at", MOVED)


def _nothing(_drill: Drill, _post: str) -> None:
    """It is left alone."""


# In this order: what would go out at once is decided about before the daemon starts.
BEFORE: Mapping[str, Kind] = {
    "cancelled": Kind("now", _cancelled, public=False, word="cancel"),
    "paused": Kind("now", _paused, public=False, word="pause"),
    "returned": Kind("now", _returned, public=False, word="return"),
    "put-off": Kind("now", _put_off, public=False, word="reschedule"),
    "sent": Kind("now", _nothing, public=True),
    "untouched": Kind(LATER, _nothing, public=False, word=""),
}
WHILE: Mapping[str, Kind] = {
    "forward": Kind(LATER, _moved_forward, public=True),
    "edited": Kind(LATER, _edited, public=True),
}
KINDS = {**BEFORE, **WHILE}


def main() -> int:
    """The drill and its table."""
    parser = argparse.ArgumentParser(prog="python -m tests.drill", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer kinds")
    parser.add_argument("--keep", action="store_true", help="keep the folder")
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="drill-"))
    sandbox, url = stages.start_sandbox()
    problems = ["it did not get that far"]
    hands = None
    try:
        stage = stages.build(folder, url, "", ACCOUNTS)
        hands = Hands(stage)
        problems = _run(Drill(stage, hands, asked.quick))
    except Broken as error:
        problems = [str(error)]
    finally:
        if hands is not None and hands.daemon is not None:
            hands.daemon.kill()
        sandbox.terminate()
        sandbox.wait(10)
        if problems or asked.keep:
            print(f"kept: {folder}")
        else:
            shutil.rmtree(folder)
    for problem in problems:
        print(f"  {problem}")
    return int(bool(problems))


def _run(drill: Drill) -> list[str]:
    began, hands, quick = time.monotonic(), drill.hands, drill.quick
    kinds = [kind for kind in KINDS if not quick or kind in QUICK]
    hands.open()
    if not quick:
        _take_down_later(drill)
    for kind in kinds:
        drill.write(kind, KINDS[kind].at)
    backup = drill.stage.folder / "backup.db"
    hands.do("db", "backup", str(backup), by="gus")
    _live_on(drill, kinds)
    before = _publications(drill)
    hands.kill()
    hands.close()
    drill.stage.app.store.close()
    hands.do("db", "restore", str(backup), by="gus")
    hands.open()
    _restored(drill)
    if _publications(drill) != before:
        drill.complain("double: something went out while the restored database was stopped")
    adopted = _adopt(drill)
    _go_on(drill)
    for kind in kinds:
        _judge(drill, kind)
    if _publications(drill) != before:
        drill.complain(
            "double: something went out after it was adopted, and nobody had asked for it"
        )
    _answer(drill)
    hands.stop()
    hands.close()
    for kind in kinds:
        _count(drill, kind)
    _table(drill, kinds, adopted, round(time.monotonic() - began))
    return drill.wrong + hands.wrong


def _take_down_later(drill: Drill) -> None:
    drill.write("taken-down", "now")
    drill.hands.start()
    drill.hands.until("a first post is public", lambda: _all_public(drill, "taken-down"))
    drill.hands.stop()


def _all_public(drill: Drill, kind: str) -> bool:
    rows = drill.rows(DELIVERY.c.post_id == drill.posts[kind], DELIVERY.c.act == "publish")
    return all(row.state == "published" for row in rows)


def _live_on(drill: Drill, kinds: list[str]) -> None:
    """What is decided and published after the backup, and will be lost."""
    hands, quick = drill.hands, drill.quick
    for kind in (kind for kind in kinds if kind in BEFORE):
        BEFORE[kind].after(drill, drill.posts[kind])
    hands.start()
    for kind in (kind for kind in kinds if kind in WHILE):
        WHILE[kind].after(drill, drill.posts[kind])
    if not quick:
        drill.write("new", "now")
        drill.decide("cy", "retract", drill.posts["taken-down"], "--reason", "a mistake")
        _tighten(drill)
    public = [kind for kind in kinds if KINDS[kind].public] + ([] if quick else ["new"])
    hands.until("all is public", lambda: all(_all_public(drill, kind) for kind in public))
    if not quick:
        gone = drill.rows(DELIVERY.c.act == "retract")
        hands.until("it is taken down", lambda: _states(drill, gone) == {"published"})
    drill.decide("cy", "stop", "", "--reason", "a call about a recall")


def _tighten(drill: Drill) -> None:
    file = drill.stage.folder / "policy" / "approval.toml"
    shipped = file.read_text()
    assert "valid_days = 30" in shipped
    file.write_text(shipped.replace("valid_days = 30", "valid_days = 20"))
    if "in force" not in drill.hands.do("policy", "activate", by="eve"):
        raise Broken("the tighter policy did not come into force at once")


def _states(drill: Drill, rows: list[Row[Any]]) -> set[str]:
    return {row.state for row in drill.rows(DELIVERY.c.id.in_([row.id for row in rows]))}


def _restored(drill: Drill) -> None:
    """It starts stopped and red, and looks up what may be out."""
    drill.hands.start()
    drill.hands.until("everything was looked up", lambda: _looked_up(drill))
    status = drill.hands.run("status", by="ann")
    if status.returncode == 0 or "publisher adopt" not in status.stderr:
        drill.complain(f"false: status does not ask for adopting: {status.stderr}")
    if not drill.quick and drill.hands.run("audit", "verify", by="gus").returncode == 0:
        drill.complain("false: the history is said to hold, though its end is missing")


def _looked_up(drill: Drill) -> bool:
    stop = core(t.Stop)
    with drill.stage.app.store.read() as tx:
        stopped = tx.first(select(stop.c.id).where(stop.c.by == "publisher"))
    looking = drill.rows(
        DELIVERY.c.state.in_(("unknown", "accepted")), DELIVERY.c.wake_at.is_not(None)
    )
    flying = drill.rows(DELIVERY.c.state.in_(("claimed", "sending")))
    return bool(stopped) and not looking and not flying


def _adopt(drill: Drill) -> Mapping[str, Any]:
    """Every decision since the backup is named, and nothing else is."""
    found: Mapping[str, Any] = drill.hands.json(
        "adopt", "--reason", "the disk died; the newest backup", by="gus"
    )
    lines = found["decisions"]
    for by, verb, post in drill.hands.decided:
        if not any(f"{by}  {verb}  {post}" in line for line in lines):
            drill.complain(f"lost: adopting did not name {verb} {post} by {by}")
    if not found["known"]:
        drill.complain("false: the witness was there, and is said to know nothing")
    if not any("put back: cy stopped it" in one for one in found["stopped"]):
        drill.complain(f"lost: the stop was not put back: {found['stopped']}")
    if not drill.quick and not any("activate policy by eve" in one for one in found["stopped"]):
        drill.complain("lost: nobody is told that a policy was lost")
    verified = drill.hands.run("audit", "verify", by="gus")
    if verified.returncode or "gus went on with an older copy" not in verified.stdout:
        drill.complain(f"false: after adopting: {verified.stdout}{verified.stderr}")
    return found


def _go_on(drill: Drill) -> None:
    """People do again what concerns everything, and lift the stop."""
    if not drill.quick:
        drill.hands.do("policy", "activate", by="eve")
    drill.hands.json("resume", by="cy")
    drill.hands.until("it is quiet", lambda: _looked_up(drill))
    gone = drill.rows(DELIVERY.c.act == "retract", DELIVERY.c.state == "published")
    if not drill.quick and len(gone) != len(ACCOUNTS):
        drill.complain("lost: what was taken down is said to be public")
    status = drill.hands.run("status", by="ann")
    if status.returncode:
        drill.complain(f"false: status is red after adopting: {status.stderr}")


def _judge(drill: Drill, kind: str) -> None:
    """What is said about each delivery is true, and what was decided is not undone."""
    shown, story = drill.public(kind), KINDS[kind]
    for row in drill.rows(DELIVERY.c.post_id == drill.posts[kind], DELIVERY.c.act == "publish"):
        where, out = f"{kind} on {row.account}", shown[row.account]
        paused, reason = read(row.paused, "en"), read(row.reason, "en")
        said = f"{row.state}, {reason or paused or 'no more'}"
        if bool(out) != story.public:
            drill.complain(f"double: {where} is {'public' if out else 'not public'} ({said})")
        elif row.state == "published" and row.remote_id not in [post["id"] for post in out]:
            drill.complain(f"false: {where} is said to be public as {row.remote_id}")
        elif out and row.state not in ("published", "unknown"):
            drill.complain(f"false: {where} is public, and is said to be {said}")
        elif out and row.state == "unknown" and NOT_THERE.search(row.reason):
            drill.complain(f"false: {where} is public, and it is said: {reason}")
        elif kind == "untouched" and (row.state != "waiting" or row.paused):
            drill.complain(f"false: nothing happened to {where}, and people are asked ({said})")
        elif not out and row.state == "waiting" and story.word not in paused:
            drill.complain(f"lost: the {story.word} of {where} does not keep it back ({said})")


def _answer(drill: Drill) -> None:
    """People look at the accounts, and say what they see."""
    if drill.quick:
        return
    for row in drill.rows(DELIVERY.c.state == "unknown"):
        kind = next(kind for kind, post in drill.posts.items() if post == row.post_id)
        out = drill.public(kind)[row.account]
        where = f"{row.post_id}/{row.account}"
        if out:
            url = drill.stage.address(row.account, out[0]["id"])
            drill.hands.json("resolve", where, "--published", url, by="cy")
        else:
            gone = "--done" if row.act == "retract" else "--not-published"
            drill.hands.json("resolve", where, gone, "--reason", "not there", by="cy")
    drill.hands.until("it is quiet", lambda: _looked_up(drill))


def _publications(drill: Drill) -> int:
    return sum(post["publications"] for post in drill.stage.ask("posts")["posts"])


def _count(drill: Drill, kind: str) -> None:
    for account, seen in drill.public(kind).items():
        if sum(post["publications"] for post in seen) > int(KINDS[kind].public):
            drill.complain(f"double: {kind} on {account} was published {len(seen)} times")


def _table(drill: Drill, kinds: list[str], adopted: Mapping[str, Any], seconds: int) -> None:
    print("drill: back up, decide, publish, restore, start, adopt")
    print(f"  {'':<12}" + "".join(f"{name:<14}" for name in NETWORKS))
    for kind in kinds:
        rows = {r.account: r for r in drill.rows(DELIVERY.c.post_id == drill.posts[kind])}
        shown = drill.public(kind)
        cells = [f"{rows[a].state} {len(shown[a])}" for a in ACCOUNTS]
        print(f"  {kind:<12}" + "".join(f"{cell:<14}" for cell in cells))
    print(
        f"  commands {drill.hands.typed}, decisions {len(adopted['decisions'])}, seconds {seconds}"
    )
    for word in ("double", "lost", "false"):
        number = sum(said.startswith(word) for said in drill.wrong)
        print(f"  {word:<12}{number:>4}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
