"""A comment on the sandbox's Page is hidden by the real adapter, whatever fails and wherever it dies."""

from contextlib import ExitStack
from pathlib import Path

import pytest
import requests
from sqlalchemy import select
from world import migrated_url, sqlite_template

from publisher.desk import measures
from publisher.roles import MACHINE
from publisher.sandbox import serve
from publisher.store import meta
from publisher.store import tables as t
from publisher.store.compare import differences
from publisher.store.mark import MarkFile, folder_of
from publisher.store.tables import core
from tests.chaos import stage as stages
from tests.chaos.stage import CY, Stage
from tests.faults.cuts import Cut

FAULTS = ("none", "500-before", "500-after", "hang", "hang-before", "reset", "garbage")
DAEMON = ("workers = 16", "send_deadline = 1", "lease = 11", "look_again = [0.1, 0.5, 1]")
MEASURE = core(t.Measure)


@pytest.mark.parametrize("point", ["no crash", "after claim", "before sending", "before settling"])
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_each_comment_is_hidden_by_one_request_that_arrived(
    tmp_path: Path, database: str, point: str
) -> None:
    url = migrated_url() if database == "postgresql" else ""
    if url is None:
        pytest.skip("no PostgreSQL: install the test extra, or set TEST_PG_URL")
    (tmp_path / "data").mkdir(mode=0o700)
    (tmp_path / "data" / "publisher.db").write_bytes(sqlite_template())
    accounts = {f"page-{fault}": "facebook" for fault in FAULTS}
    with serve(port=0) as sandbox, ExitStack() as stack:
        stage = stages.build(tmp_path, sandbox.url, url, accounts, daemon=DAEMON)
        stack.callback(stage.app.store.close)
        for fault in FAULTS:
            ask(stage, f"page-{fault}", fault)
        walk(stage, point)
        states = {row.account: row.state for row in rows(stage)}
        assert states == dict.fromkeys(accounts, "done")
        comments = stage.ask("comments")["comments"]
        assert [one["hidden"] for one in comments] == [True] * len(FAULTS)
        assert {one["account"]: one["changes"] for one in comments} == dict.fromkeys(accounts, 1)
        assert differences(stage.app.store) == []


def ask(stage: Stage, account: str, fault: str) -> None:
    """A reader's comment under a post that stands there; somebody asks to hide it."""
    token = {"Authorization": f"Bearer sandbox-{account}"}
    page, graph = stage.config.accounts[account].account(), f"{stage.url}/facebook/v26.0"
    feed = f"{graph}/{page.remote_user_id}/feed"
    post = requests.post(feed, data={"message": "Hello"}, headers=token, timeout=20).json()["id"]
    comment = stage.tell("comments", account=account, post=post, text="Shame").json()["id"]
    if fault != "none":
        stage.tell("faults", fault=fault, account=account, on="measure", seconds=2)
    with stage.app.store.write(CY) as tx:
        measures.ask(tx, measures.NewMeasure(account, comment, "hide", "insults"))


def rows(stage: Stage) -> list[t.Measure]:
    with stage.app.store.read() as tx:
        return list(tx.all(select(MEASURE)))


def walk(stage: Stage, point: str) -> None:
    """Up to the point where it dies; then a new one goes on until all is at rest."""
    with stage.app.store.write(MACHINE) as tx:
        installation = meta.installation(tx)
    mark = MarkFile(folder_of(stage.config.witness, installation))
    first = Cut(stage.app, mark, installation)
    first.point = point
    first.start()
    everything = len(FAULTS)
    first.until(lambda: first.reached >= everything or not moving(stage), 20)
    first.die()
    second = Cut(stage.app, mark, installation)
    second.start()
    second.until(lambda: not moving(stage), 60)
    second.die()
    mark.close()


def moving(stage: Stage) -> bool:
    return any(row.state != "done" for row in rows(stage))
