"""What the vault keeps: opened under its own name, with its own key, as it was sealed; else not at all."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from joining import ACCOUNT, CREDENTIAL, TYPED, Office, opened
from sqlalchemy import update
from world import founded

from publisher.daemon import keyring
from publisher.daemon.keyring import NoKey, Place, Ring
from publisher.daemon.vault import Locked, sealed
from publisher.daemon.vault import opened as unsealed
from publisher.store import audit
from publisher.store.backup import backup

RING = Ring({"aaaa": bytes(32), "bbbb": bytes([1] * 32)})
OF = ("x", "access_token")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with opened(tmp_path, founded("sqlite")[0]) as made:
        yield made


def test_a_record_says_its_key_and_opens_under_its_own_name_alone() -> None:
    record = sealed(RING, OF, "秘密 value")
    assert record.startswith("v1|bbbb|")
    assert record.count("|") == 3
    assert unsealed(RING, OF, record) == "秘密 value"
    assert sealed(RING, OF, "秘密 value") != record
    for other in (("y", "access_token"), ("x", "access_token_secret")):
        with pytest.raises(Locked, match="changed or moved"):
            unsealed(RING, other, record)


@pytest.mark.parametrize("cut", [*range(9, 60, 5), -1, -2, -4])
def test_a_record_that_was_cut_or_bent_does_not_open(cut: int) -> None:
    record = sealed(RING, OF, "a value that is long enough")
    bent = record[:cut] + ("A" if record[cut] != "A" else "B") + record[cut + 1 :]
    for one in (record[:cut], bent):
        with pytest.raises(Locked):
            unsealed(RING, OF, one)


@pytest.mark.parametrize(
    "record", ["", "v1", "v2|bbbb|x|y", "v1|bbbb|é|y", "v1|bbbb||", "|" * 9_000]
)
def test_what_was_never_a_record_does_not_open(record: str) -> None:
    with pytest.raises(Locked):
        unsealed(RING, OF, record)


def test_another_key_is_named_and_does_not_open_it() -> None:
    record = sealed(Ring({"cccc": bytes(32)}), OF, "value")
    with pytest.raises(Locked, match="key cccc"):
        unsealed(RING, OF, record)
    with pytest.raises(Locked, match="changed or moved"):
        unsealed(Ring({"cccc": bytes([7] * 32)}), OF, record)


def place(tmp_path: Path, ref: str = "", **env: str) -> Place:
    return Place(ref, tmp_path / "vault.keys", tmp_path, env)


def test_the_keys_are_written_whole_and_for_nobody_else(tmp_path: Path) -> None:
    at = place(tmp_path)
    at.write(RING)
    assert at.read() == RING
    assert stat.S_IMODE((tmp_path / "vault.keys").stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["vault.keys"]
    assert "00" * 32 not in repr(at.read())


def test_keys_come_from_the_environment_and_from_systemd(tmp_path: Path) -> None:
    text = f"aaaa {'00' * 32}\nbbbb {'01' * 32}"
    assert place(tmp_path, "env:KEYS", KEYS=text).read() == RING
    (tmp_path / "cred").write_text(text)
    (tmp_path / "cred").chmod(0o444)  # systemd chooses who reads its folder
    at = place(tmp_path, "file:$CREDENTIALS_DIRECTORY/cred", CREDENTIALS_DIRECTORY=str(tmp_path))
    assert at.read() == RING
    assert not at.ours


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o644, 0o660])
def test_keys_that_others_can_read_are_not_taken(tmp_path: Path, mode: int) -> None:
    at = place(tmp_path)
    at.write(RING)
    (tmp_path / "vault.keys").chmod(mode)
    if mode == 0o640 and os.geteuid() == 0:
        return  # root chooses the group
    with pytest.raises(NoKey, match="chmod 600"):
        at.read()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to give a file away")
def test_keys_of_another_user_are_not_taken(tmp_path: Path) -> None:
    at = place(tmp_path)
    at.write(RING)
    os.chown(tmp_path / "vault.keys", 64_999, 64_999)
    with pytest.raises(NoKey, match="neither root nor"):
        at.read()


@pytest.mark.parametrize(
    "text", ["", "\n", "aaaa", "aaaa 0a0b", f"aA {'00' * 32}", "aaaa " + "g" * 64]
)
def test_what_is_no_key_is_said_to_be_none_and_is_not_quoted(tmp_path: Path, text: str) -> None:
    (tmp_path / "vault.keys").write_text(text)
    (tmp_path / "vault.keys").chmod(0o600)
    with pytest.raises(NoKey) as caught:
        place(tmp_path).read()
    quoted = [one for one in text.split() if one in str(caught.value)]
    assert quoted == []


# -- in the database -------------------------------------------------------------------------------


def test_the_database_and_its_backup_hold_neither_values_nor_keys(office: Office) -> None:
    assert office.connect("board").status_code == 200
    backup(office.world.app.store, office.world.folder / "copy.db")
    key = office.keys.read_text().split()[1]
    for file in (office.world.folder / "copy.db", office.world.config.data / "publisher.db"):
        data = file.read_bytes()
        for value in (*TYPED["board"].values(), key):
            assert value == "board" or value.encode() not in data
        assert bytes.fromhex(key) not in data
    assert office.keys.is_relative_to(office.world.config.witness)
    assert stat.S_IMODE(office.keys.stat().st_mode) == 0o600


def test_a_record_that_stands_under_another_account_is_not_believed_and_does_not_open(
    office: Office,
) -> None:
    office.connect("board")
    office.connect("page")
    [page] = office.rows("page")
    mine = (CREDENTIAL.c.account == "board") & (CREDENTIAL.c.field == "api_key")
    with office.world.app.store.engine.begin() as conn:
        conn.execute(update(CREDENTIAL).where(mine).values(record=page.record))
    office.vault.look()
    with pytest.raises(Locked, match="outside Publisher"):
        office.opened("board")
    assert any("credential board/api_key" in str(flaw) for flaw in flaws(office))
    office.world.by_hand(update(CREDENTIAL).where(mine).values(record=page.record))
    office.vault.look()
    with pytest.raises(Locked, match="changed or moved"):
        office.opened("board")
    assert office.opened("page") == TYPED["page"]


def flaws(office: Office) -> list[object]:
    return list(audit.verify(office.world.app.store, office.world.mark.path.parent).flaws)


@pytest.mark.parametrize("text", [None, "", "aaaa\n", f"cccc {'0a' * 32}\n", "open"])
def test_without_its_key_the_account_is_held_with_the_reason_and_goes_on_once_it_is_back(
    office: Office, text: str | None
) -> None:
    world = office.world
    office.connect("board")
    office.connect("page")
    before = office.rows("board")
    kept = office.keys.read_bytes()
    if text == "open":  # while it runs, and with nothing in it changed
        office.keys.chmod(0o644)
    else:
        office.keys.unlink()
    if text not in (None, "open"):
        office.keys.write_text(str(text))
        office.keys.chmod(0o600)
    board = world.approved("The fair opens at nine", "board", title="The fair opens at nine")
    world.settle()
    assert world.state(board, "board") == "waiting"
    said = office.counter.get("/accounts/board").json()["broken"]
    assert "vault" in said
    assert any("board" in title for title in world.notices())
    assert office.rows("board") == before
    office.keys.write_bytes(kept)
    office.keys.chmod(0o600)
    world.releaser._next_whoami = 0.0
    world.settle()
    world.settle()
    assert world.state(board, "board") == "published"
    assert office.counter.get("/accounts/board").json()["broken"] is None


def test_a_key_is_never_made_beside_what_another_has_sealed(office: Office) -> None:
    office.connect("board")
    office.keys.unlink()
    answer = office.connect("page")
    assert answer.status_code == 409
    assert "keys of the vault are not there" in answer.json()["detail"]
    assert not office.keys.exists()
    with office.daemon():
        assert office.counter.ask("DELETE", "/accounts/board/connect", by="gus").status_code == 204
    assert office.connect("page").status_code == 200


def test_what_is_taken_out_is_gone(office: Office) -> None:
    office.connect("board")
    with office.daemon():
        gone = office.counter.ask("DELETE", "/accounts/board/connect", by="gus")
        again = office.counter.ask("DELETE", "/accounts/board/connect", by="gus")
    assert (gone.status_code, again.status_code) == (204, 404)
    assert [row.record for row in office.rows("board")] == ["", ""]
    assert office.world.app.credential_of(office.account("board")) == ""
    assert office.counter.get("/accounts/board").json()["credentials"] == "nowhere"
    assert office.connect("board").status_code == 200
    assert office.opened("board") == TYPED["board"]


def test_the_vault_goes_before_what_config_toml_names(office: Office) -> None:
    refs = {"api_key": "env:SECRET", "api_username": "env:SECRET"}
    office.world.by_hand(update(ACCOUNT).where(ACCOUNT.c.id == "board").values(credentials=refs))
    before = office.world.app.credential_of(office.account("board"))
    assert office.counter.get("/accounts/board").json()["credentials"] == "config"
    assert office.connect("board").status_code == 200
    assert office.counter.get("/accounts/board").json()["credentials"] == "vault"
    assert office.world.app.credential_of(office.account("board")) not in ("", before)


def test_keys_are_where_the_installation_says(office: Office) -> None:
    assert keyring.place(office.world.config, "abc", {}).said.endswith("abc/vault.keys")
