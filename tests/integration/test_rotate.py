"""Sealing anew: in one go, and everything opens wherever it was cut short."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from joining import CREDENTIAL, LEDGER, TYPED, Office, opened
from sqlalchemy import select, update
from world import founded, founded_postgres

from publisher import beside
from publisher.daemon import keyring, rotating
from publisher.daemon.keyring import NoKey, Ring
from publisher.daemon.vault import Locked
from publisher.errors import Conflict, NotFound, TryAgain
from publisher.roles import server
from publisher.store.vault import key_of

ROOT = server("root")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with opened(tmp_path, founded("sqlite")[0]) as made:
        made.connect("board")
        made.connect("page")
        yield made


def sealed_with(office: Office) -> set[str]:
    return {key_of(row.record) for row in office.rows()}


def keys(office: Office) -> list[str]:
    return list(office.place.read().keys)


def all_open(office: Office) -> bool:
    office.starts()
    return all(office.opened(name) == TYPED[name] for name in ("board", "page"))


def rotate(office: Office) -> int:
    return rotating.rotate(office.world.app, office.vault, ROOT)


def test_all_of_it_is_sealed_with_a_new_key_and_the_former_one_opens_backups(
    office: Office,
) -> None:
    [first] = keys(office)
    before = {(row.account, row.field): row for row in office.rows()}
    with office.daemon():
        assert beside.rotate(office.world.config.data, "en") == {"count": 3}
    former, second = keys(office)
    assert former == first
    assert sealed_with(office) == {second}
    assert all_open(office)
    for row in office.rows():
        was = before[row.account, row.field]
        assert (row.saved_at, row.expires_at) == (was.saved_at, was.expires_at)
    rotate(office)
    assert keys(office)[0] == second
    assert len(keys(office)) == 2
    assert all_open(office)
    with office.world.app.store.read() as tx:
        rows = tx.all(select(LEDGER).where(LEDGER.c.verb == "rotate keys"))
    assert [row.actor for row in rows] == ["server", "server"]


def test_without_a_daemon_it_is_done_by_whoever_holds_the_machine(office: Office) -> None:
    assert beside.rotate(office.world.config.data, "en") is None
    assert rotating.locally(office.world.app, ROOT) == 3
    assert all_open(office)


class Killed(BaseException):
    """It ends here, whatever stands in an except."""


@pytest.mark.parametrize("step", range(6))
def test_wherever_it_is_killed_everything_opens_and_it_can_be_begun_again(
    office: Office, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    cut(monkeypatch, step)
    with pytest.raises(Killed):
        rotate(office)
    monkeypatch.undo()
    assert len(sealed_with(office)) == 1
    assert all_open(office)
    assert rotate(office) == 3
    assert sealed_with(office) == {keys(office)[-1]}
    assert len(keys(office)) == 2
    assert all_open(office)


def cut(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """Before and after the new key is there, within the transaction, after it, before and after the end."""
    write, seal = keyring.Place.write, rotating.sealed
    written: list[Ring] = []
    values: list[str] = []

    def writing(place: Any, ring: Ring) -> None:
        written.append(ring)
        if step == 0 or (step == 4 and len(written) == 2):
            raise Killed
        write(place, ring)
        if step == 1 or (step == 5 and len(written) == 2):
            raise Killed

    def sealing(ring: Ring, of: tuple[str, str], value: str) -> str:
        values.append(value)
        if step == 2 and len(values) == 2:
            raise Killed
        return seal(ring, of, value)

    def looking(_vault: Any) -> None:
        raise Killed

    monkeypatch.setattr(keyring.Place, "write", writing)
    monkeypatch.setattr(rotating, "sealed", sealing)
    if step == 3:
        monkeypatch.setattr("publisher.daemon.vault.Vault.look", looking)


def test_what_does_not_open_is_named_and_nothing_is_changed(office: Office) -> None:
    before, text = office.rows("board"), office.keys.read_bytes()
    [page] = office.rows("page")
    mine = CREDENTIAL.c.account == "page"
    with office.world.app.store.engine.begin() as conn:
        conn.execute(update(CREDENTIAL).where(mine).values(record=page.record[:-4] + "AAA="))
    with pytest.raises(Locked, match="page cannot be sealed anew"):
        rotate(office)
    assert (office.rows("board"), office.keys.read_bytes()) == (before, text)


def test_where_the_keys_are_not_ours_somebody_adds_one_first(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = office.keys.read_text()
    office.keys.unlink()
    office.world.app.env = {**office.world.app.env, "KEYS": text}
    at = keyring.Place("env:KEYS", office.keys, office.world.folder, office.world.app.env)
    monkeypatch.setattr(Office, "place", at)
    office.starts()
    with pytest.raises(Conflict, match="newest key already"):
        rotate(office)
    office.world.app.env["KEYS"] = f"{text}cccc {'0c' * 32}\n"  # type: ignore[index]
    assert rotate(office) == 3
    assert sealed_with(office) == {"cccc"}
    assert all_open(office)


def test_the_same_on_postgresql(tmp_path: Path) -> None:
    if (found := founded_postgres()) is None:
        pytest.skip("no PostgreSQL")
    with opened(tmp_path, *found) as office:
        for _ in range(2):
            office.connect("board")
            office.connect("page")
        assert rotate(office) == 3
        assert sealed_with(office) == {keys(office)[-1]}
        assert all_open(office)
        with office.daemon():
            gone = office.counter.ask("DELETE", "/accounts/board/connect", by="gus")
        assert gone.status_code == 204
        assert office.opened("page") == TYPED["page"]


def test_what_is_roots_to_renew_is_sealed_with_what_root_put_there(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyring.Place, "writable", False)
    with pytest.raises(Conflict, match="newest key already"):
        rotate(office)
    with office.keys.open("a") as file:
        file.write(f"cccc {'0c' * 32}\n")
    text = office.keys.read_text()
    assert rotate(office) == 3
    assert office.keys.read_text() == text
    assert sealed_with(office) == {"cccc"}


def test_an_empty_vault_and_lost_keys_are_said(office: Office) -> None:
    office.keys.unlink()
    with pytest.raises(NoKey, match="not there"):
        rotate(office)
    with office.daemon():
        for name in ("board", "page"):
            office.counter.ask("DELETE", f"/accounts/{name}/connect", by="gus")
    with pytest.raises(NotFound, match="holds nothing"):
        rotate(office)


def test_while_an_account_is_connected_it_waits(office: Office) -> None:
    from publisher.daemon.connecting import Connecting

    joins = Connecting(office.world.app, office.vault, lambda: None)
    with joins._alone(), pytest.raises(TryAgain):
        joins.rotate(None, {})  # type: ignore[arg-type]
