"""The people at the desk, in this process: here only the releaser dies."""

from sqlalchemy import select

from publisher.desk import review
from publisher.networks import WhoAmIFailed
from publisher.read import posts
from publisher.release import whoami
from tests.chaos.known import ACCOUNT
from tests.chaos.stage import ANN, BO, CY, Stage


def approve(stage: Stage, post: str) -> None:
    """A yes to what is seen there."""
    with stage.app.store.read(ANN) as tx:
        seen = posts.post(tx, post).fingerprint
    assert seen is not None
    with stage.app.store.write(BO) as tx:
        review.approve(tx, post, seen)


def reconnect(stage: Stage) -> None:
    """New credentials: the network says again who we are."""
    app = stage.app
    with app.store.read() as tx:
        broken = tx.all(select(ACCOUNT).where(ACCOUNT.c.broken_since.is_not(None)))
    for row in broken:
        try:
            answer = app.adapter(row).whoami()
        except WhoAmIFailed:
            continue
        with app.store.write(CY) as tx:
            whoami.recognised(tx, row.id, answer, app.credential_of(row))
