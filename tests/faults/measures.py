"""The walk of a measure in the matrix: a reader's comment, to be hidden by one request that arrives."""

import random
import shutil
import tempfile
import time
from pathlib import Path

import requests

from publisher.roles import MACHINE
from publisher.store import meta
from publisher.store.compare import differences
from publisher.store.mark import MarkFile, folder_of
from tests.chaos import stage as stages
from tests.chaos.comments import hide, moving, problem, rows
from tests.chaos.known import Known
from tests.chaos.stage import Stage
from tests.faults.cuts import Cut
from tests.faults.people import reconnect

POINTS = ("no crash", "after claim", "before sending", "before settling", "after looking up")
PATIENCE = 40.0  # seconds in which all of them come to rest


def column(
    url: str, faults: dict[str, tuple[str, float]], point: str, daemon: tuple[str, ...]
) -> dict[str, tuple[str, int, str]]:
    """account -> state, how often its comment was changed, and what is wrong with that.

    `faults`: by account, the fault and the seconds that it takes.
    """
    folder = Path(tempfile.mkdtemp(prefix="faults-"))
    try:
        stage = stages.build(folder, url, "", dict.fromkeys(faults, "facebook"), daemon=daemon)
        for name, (fault, seconds) in faults.items():
            ask(stage, name, "shame")
            if fault != "none":
                order = {"fault": fault, "account": name, "on": "measure", "seconds": seconds}
                stage.tell("faults", **order).raise_for_status()
        _walk(stage, point, len(faults))
        comments = {one["account"]: one for one in stage.ask("comments")["comments"]}
        torn = differences(stage.app.store)
        return {
            row.account: (
                row.state,
                comments[row.account]["changes"],
                problem(row, comments[row.account])
                or (f"the ledger differs: {torn}" if torn else ""),
            )
            for row in rows(stage)
        }
    finally:
        shutil.rmtree(folder)


def ask(stage: Stage, account: str, text: str) -> None:
    """A reader's comment under a post that stands there; somebody asks to hide it."""
    token = {"Authorization": f"Bearer sandbox-{account}"}
    page = stage.config.accounts[account].account()
    feed = f"{stage.url}/facebook/v26.0/{page.remote_user_id}/feed"
    post = requests.post(feed, data={"message": "Hello"}, headers=token, timeout=20).json()["id"]
    hide(stage, account, post, text)


def _walk(stage: Stage, point: str, everyone: int) -> None:
    """Up to the point where it dies; then a new one goes on until all is at rest."""
    with stage.app.store.write(MACHINE) as tx:
        installation = meta.installation(tx)
    mark = MarkFile(folder_of(stage.config.witness, installation))
    first = Cut(stage.app, mark, installation)
    first.point = point
    first.start()
    first.until(lambda: first.reached >= everyone or not moving(stage), PATIENCE / 4)
    if point != "no crash" and not first.reached:
        raise SystemExit(f"{point}: no measure came that far")
    first.die()
    second = Cut(stage.app, mark, installation)
    second.start()
    known = Known(stage, random.Random(point), list(stage.config.accounts))
    ends = time.monotonic() + PATIENCE
    while moving(stage) and time.monotonic() < ends:
        second.until(lambda: False, 0.3)
        reconnect(stage)
        known.hurry()
    second.die()
    mark.close()
