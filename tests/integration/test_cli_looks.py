"""Looking without touching: check, when, calendar, the register, health; and backup and restore."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from commands import Commands
from PIL import Image
from sqlalchemy import func, select
from world import Obedient, World, number_of

from publisher.errors import Conflict
from publisher.roles import MACHINE
from publisher.store.tables import LedgerRow, core


@pytest.fixture
def cli(lite: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Commands]:
    return Commands(lite, monkeypatch)


def rows(world: World) -> int:
    with world.app.store.read() as tx:
        return int(tx.value(select(func.count()).select_from(core(LedgerRow))))


@pytest.mark.clause("U4b", kind="deny")
def test_check_says_until_when_it_would_be_held_and_leaves_no_trace(cli: Commands) -> None:
    cli.world.clock.forward(hours=10)
    before = rows(cli.world)
    said = cli("check", "The fair opens", "--to", "x", "--to", "board", "--json")
    assert said.code == 3
    found = said.json
    assert found.keys() == {"verdict", "until", "findings", "rendered", "zones"}
    assert (found["verdict"], found["until"]) == ("HOLD", "2026-12-02T00:00:00Z")
    assert {"text", "length", "limit", "disclaimer"} <= found["rendered"]["x"].keys()
    assert "Not necessarily an official" in found["rendered"]["x"]["text"]
    assert {f["account"] for f in found["findings"]} == {"x", "board"}
    assert rows(cli.world) == before


@pytest.mark.clause("U4b", kind="allow")
def test_check_in_office_hours_asks_for_nothing_but_an_approval(cli: Commands) -> None:
    said = cli("check", "The fair opens", "--to", "x", "--json")
    assert (said.code, said.json["verdict"], said.json["until"]) == (0, "APPROVE", None)
    assert [f["rule"] for f in said.json["findings"]] == ["approval"]


def test_check_and_post_say_when_the_standard_notice_did_not_fit(cli: Commands) -> None:
    words = " ".join(["word"] * 48)  # 239, 2 between, 49 for the standard notice
    said = "The standard notice does not fit (290 of 280), so a shorter one is used: “May not be an"
    assert said in cli("check", words, "--to", "x").out
    assert cli("check", words, "--to", "x", "--json").json["rendered"]["x"]["shorter_notice"]
    assert said in cli("post", words, "--to", "x", "--to", "board").out
    answer = cli("post", f"{words}s", "--to", "x", "--to", "board", "--json").json
    assert answer["shorter_notice"].keys() == {"x"}


def test_nothing_is_said_of_a_standard_notice_or_one_that_the_author_typed(cli: Commands) -> None:
    assert not cli("check", "Hi", "--to", "x", "--json").json["rendered"]["x"]["shorter_notice"]
    typed = "word " * 46 + "\n\nMay not be an official statement."
    assert not cli("check", typed, "--to", "x", "--json").json["rendered"]["x"]["shorter_notice"]


def test_check_blocks_what_is_too_long_and_says_by_how_much(cli: Commands) -> None:
    said = cli("check", "word " * 60, "--to", "x")
    assert said.code == 3
    assert "Too long by" in said.out
    assert "blocked" in said.err


def test_when_gives_each_reason_that_pushed_it(cli: Commands) -> None:
    cli.world.clock.forward(hours=10)
    cli.post("The fair opens", "--to", "x")
    second = cli.post("The fair is open", "--to", "x")
    [one] = cli("when", second["id"], "--json").json
    assert one.keys() == {
        "account",
        "requested_at",
        "asked",
        "release_at",
        "local",
        "reasons",
        "zone",
    }
    assert one["release_at"] == "2026-12-02T00:10:00Z"
    assert one["local"] == "2026-12-02T09:10:00+09:00"
    assert {"calendar", "pacing"} <= {r["rule"] for r in one["reasons"]}
    said = cli("when", second["id"]).out
    assert "09:10" in said
    assert "10 minutes apart" in said


def test_calendar_lists_open_windows_over_a_holiday(cli: Commands) -> None:
    said = cli("calendar", "x", "--from", "2027-01-08", "--to", "2027-01-13", "--json").json
    assert said == [  # Friday; then a weekend, Coming of Age Day on Monday; Tuesday
        {"open": "2027-01-08T00:00:00Z", "close": "2027-01-08T08:30:00Z", "zone": "Asia/Tokyo"},
        {"open": "2027-01-12T00:00:00Z", "close": "2027-01-12T08:30:00Z", "zone": "Asia/Tokyo"},
    ]
    assert "Fri 2027-01-08 09:00" in cli("calendar", "x", "--from", "2027-01-08").out


def test_the_register_and_its_people_are_listed(cli: Commands) -> None:
    accounts = cli("accounts", "--json").json
    assert [a["id"] for a in accounts] == ["blog", "board", "page", "x"]
    assert accounts[0]["recognised_as"] is None
    people = {p["name"]: p["roles"] for p in cli("people", "--json").json}
    assert people["cy"] == ["duty officer"]


@pytest.mark.clause("D2", kind="deny")
def test_verifying_compares_the_networks_number_with_the_register(cli: Commands) -> None:
    assert cli("accounts", "verify", by="gus").code == 0
    cli.world.net.on_whoami = lambda name: "999" if name == "x" else number_of(name)
    said = cli("accounts", "verify", "--json", by="gus")
    assert said.code == 8
    assert [one["account"] for one in said.json if not one["fits"]] == ["x"]
    post = cli.approved("The fair opens", "--to", "x")
    cli.world.settle()
    assert cli.world.net.sent == []
    assert any(
        f["rule"] == "whoami"
        for d in cli("show", post, "--json").json["deliveries"]
        for f in d["findings"]
    )


def test_verifying_says_what_the_network_lets_the_user_do(
    cli: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rights(_: object) -> dict[str, bool]:
        return {"publish": True, "upload": True, "delete": False}

    monkeypatch.setattr(Obedient, "rights", rights, raising=False)
    said = cli("accounts", "verify", "blog", by="gus").out
    assert "as registered; may publish and upload; may not delete" in said
    found = cli("accounts", "verify", "blog", "--json", by="gus").json
    assert found[0]["rights"] == {"publish": True, "upload": True, "delete": False}


def test_a_preview_says_that_a_pictures_file_is_public_from_its_upload_on(
    cli: Commands, tmp_path: Path
) -> None:
    Image.new("RGB", (40, 30), "red").save(tmp_path / "box.png")
    asked = ("check", "The fair opens", "--image", f"{tmp_path / 'box.png'}=A box", "--to")
    assert "can be fetched by whoever knows its address" in cli(*asked, "blog").out
    assert "can be fetched by" not in cli(*asked, "board").out
    assert "can be fetched by" not in cli("check", "The fair opens", "--to", "blog").out


def test_verifying_takes_the_role(cli: Commands) -> None:
    assert cli("accounts", "verify", by="ann").code == 5


def test_status_is_red_without_a_daemon(cli: Commands) -> None:
    said = cli("status", "--json")
    assert said.code == 1
    assert said.json["healthy"] is False
    assert "no daemon is running" in said.err


def test_who_runs_is_said_on_the_companys_clock(cli: Commands) -> None:
    from publisher.daemon import lock

    store, data = cli.world.app.store, cli.world.config.data
    held = lock.take(store, data)
    try:
        assert "since Tue 2026-12-01 10:00 (Asia/Tokyo)" in cli("status").out
        assert cli("status", "--json").json["daemon"]["since"] == "2026-12-01T01:00:00Z"
        with pytest.raises(Conflict, match=r"since Tue 2026-12-01 10:00 \(Asia/Tokyo\)\. Two"):
            lock.take(store, data)
    finally:
        held.release()


@pytest.mark.parametrize("ours", [True, False])
def test_status_says_what_only_the_running_daemon_knows(cli: Commands, ours: bool) -> None:
    """Its clock, and outcomes that it cannot write; somebody else at that port is not believed."""
    from publisher.daemon import health, lock
    from publisher.daemon.answerer import Answerer
    from publisher.words import part

    app = cli.world.app
    held = lock.take(app.store, app.config.data)
    who = lock.holder(lock.lock_file(app.store.url, app.config.data))
    theirs = [
        health.problem(part("health.unwritten", count=2)),
        {**health.problem(part("health.unwritten", count=3)), "code": "health.of_another_version"},
        {"red": True, "code": ["health"]},
    ]
    said = {"daemon": who if ours else {"pid": 1}, "findings": theirs, "problems": ["x"]}
    answerer = Answerer("127.0.0.1", 0, lambda: dict(said))
    port = answerer.address[1]
    app.config = replace(app.config, daemon=replace(app.config.daemon, health_port=port))
    try:
        status = cli("status", "--json")
        assert status.json["healthy"] is not ours
        assert (status.code, status.err.strip()) == (
            (1, "2 outcomes cannot be written") if ours else (0, "")
        )
        assert any(
            one["what"] == "daemon" and (one["state"] == "fail") is ours
            for one in cli("doctor", "--json").json
        )
    finally:
        answerer.close()
        held.release()


def test_doctor_names_each_thing_with_its_state(cli: Commands) -> None:
    found = cli("doctor", "--json").json
    assert all(one.keys() == {"state", "what", "said"} for one in found)
    states = {one["what"]: one["state"] for one in found}
    assert (states["config.toml"], states["database"], states["daemon"]) == ("ok", "ok", "fail")
    assert "ok    clock: Tue 2026-12-01 10:00 (Asia/Tokyo)" in cli("doctor").out


def test_a_secret_is_in_no_answer(cli: Commands) -> None:
    for argv in (
        ("config", "show"),
        ("config", "show", "--json"),
        ("accounts", "--json"),
        ("doctor",),
        ("audit", "export"),
    ):
        said = cli(*argv, by="gus")
        assert said.out
        assert "canary-secret-value" not in said.out + said.err


@pytest.mark.clause("U4c", kind="allow")
def test_a_planned_exception_opens_one_slot_out_of_hours(cli: Commands) -> None:
    post = cli.post("A happy new year", "--to", "x", "--at", "2027-01-01 00:00")["id"]
    asked = cli(
        "exception", "planned", post, "--category", "event", "--reason", "New Year greeting"
    )
    assert asked.code == 0
    [one] = cli("exception", "list", "--json").json
    assert (one["kind"], one["granted_by"], one["post"]) == ("planned", None, post)
    granted = cli.granted("exception", "grant", one["id"], "--json")
    assert granted.json["starts_at"] == "2026-12-31T15:00:00Z"
    [row] = cli("show", post, "--json").json["deliveries"]
    assert row["release_at"] == "2026-12-31T15:00:00Z"
    cli.world.clock.at = datetime(2026, 12, 31, 15, 0, 1, tzinfo=UTC)
    cli.world.settle()
    assert len(cli.world.net.texts("x")) == 1
    reviewed = cli("exception", "review", one["id"], "--note", "went well", by="eve")
    assert reviewed.code == 0
    assert cli("exception", "list", "--json").json == []


@pytest.mark.clause("U4c", kind="deny")
def test_a_revoked_exception_lets_nothing_out(cli: Commands) -> None:
    cli.world.clock.forward(hours=10)
    post = cli.post("Our line is down", "--to", "x")["id"]
    cli("exception", "request", post, "--category", "outage", "--reason", "callers get no answer")
    [one] = cli("exception", "list", "--json").json
    assert cli.granted("exception", "grant", one["id"]).code == 0
    assert cli("exception", "revoke", one["id"], "--reason", "it works again").code == 0
    cli.world.settle()
    assert cli.world.net.sent == []


def test_a_backup_is_whole_private_and_never_overwrites(cli: Commands, tmp_path: Path) -> None:
    file = tmp_path / "copy.db"
    assert cli("db", "backup", str(file), by="ann").code == 5
    assert cli("db", "backup", str(file), by="gus").code == 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert cli("db", "backup", str(file), by="gus").code == 7
    assert cli("db", "backup", str(tmp_path / "nowhere" / "copy.db"), by="gus").code == 1


@pytest.mark.hazard("H8")
def test_after_a_restore_nothing_goes_out_twice(cli: Commands, tmp_path: Path) -> None:
    world, file = cli.world, tmp_path / "copy.db"
    post = cli.approved("The fair opens", "--to", "x")
    assert cli("db", "backup", str(file), by="gus").code == 0
    world.settle()
    assert len(world.net.texts("x")) == 1
    world.app.store.engine.dispose()
    said = cli("db", "restore", str(file), by="gus")
    assert said.code == 0
    assert "publisher adopt" in said.out
    assert list(world.config.data.glob("publisher.db.replaced-*"))
    from publisher.daemon.restored import stop_if_restored

    stop_if_restored(world.app.store, world.mark.read(), world.mark.path.parent)
    world.releaser = world.new_releaser()
    world.releaser.start()
    world.settle()
    assert len(world.net.texts("x")) == 1
    assert any("publisher adopt" in item["do"] for item in cli("todo", "--all", "--json").json)
    assert cli("resume", by="cy").code == 7
    assert cli("adopt", "--reason", "the disk broke", by="gus").code == 0
    for _ in range(5):
        world.clock.forward(minutes=5)
        world.settle()
    assert len(world.net.texts("x")) == 1
    [row] = cli("show", post, "--json").json["deliveries"]
    assert (row["state"], row["remote_id"]) == ("published", "1")


@pytest.mark.hazard("H8")
def test_adopting_lists_what_was_decided_and_the_history_shows_it_for_ever(
    cli: Commands, tmp_path: Path
) -> None:
    file = tmp_path / "copy.db"
    post = cli.approved("The fair opens", "--to", "board", "--at", "2026-12-01 10:30")
    assert cli("db", "backup", str(file), by="gus").code == 0
    assert cli("cancel", post).code == 0
    assert cli("stop", "x", "--reason", "a strange post").code == 0
    cli.world.app.store.engine.dispose()
    assert cli("db", "restore", str(file), by="gus").code == 0
    assert cli("adopt", "--reason", "the disk broke", by="bo").code == 5
    said = cli("adopt", "--reason", "the disk broke", by="gus")
    assert said.code == 0, said.err
    assert f"ann  cancel  {post} on board" in said.out
    assert "x: put back: ann stopped it at" in said.out
    assert "cancel by ann" in cli("show", post).out
    verified = cli("audit", "verify", by="gus")
    assert verified.code == 0, verified.err
    assert "Tue 2026-12-01 10:00 (Asia/Tokyo): gus went on with an older copy; lost: rows " in (
        verified.out
    )
    assert len(cli("audit", "verify", "--json", by="gus").json["breaks"]) == 1
    assert " adopt " in cli("audit", "trail", by="gus").out
    assert '{"say"' not in cli("audit", "trail", by="gus").out
    assert cli("adopt", "--reason", "again", by="gus").code == 7


def test_restoring_is_refused_while_the_daemon_runs(cli: Commands, tmp_path: Path) -> None:
    from publisher.daemon import lock

    file = tmp_path / "copy.db"
    cli("db", "backup", str(file), by="gus")
    held = lock.take(cli.world.app.store, cli.world.config.data)
    try:
        said = cli("db", "restore", str(file), by="gus")
    finally:
        held.release()
    assert said.code == 7
    assert "already runs" in said.err
    assert not list(cli.world.config.data.glob("*.replaced-*"))


def test_a_damaged_or_missing_backup_changes_nothing(cli: Commands, tmp_path: Path) -> None:
    post = cli.post("The fair opens", "--to", "x")["id"]
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"SQLite format 3\0" + b"x" * 5_000)
    assert cli("db", "restore", str(broken)).code == 1
    assert cli("db", "restore", str(tmp_path / "none.db")).code == 6
    assert cli("show", post).code == 0


def test_a_changed_history_is_named_by_its_row(
    cli: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli.approved("The fair opens", "--to", "x")
    assert cli("audit", "verify", "--json").json["problems"] == []
    with cli.world.app.store.write(MACHINE) as tx:
        tx.conn.exec_driver_sql("DROP TRIGGER IF EXISTS ledger_no_update")
        for (name,) in tx.conn.exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'ledger'"
        ).all():
            tx.conn.exec_driver_sql(f"DROP TRIGGER {name}")
        tx.conn.exec_driver_sql("UPDATE ledger SET actor = 'mallory' WHERE seq = 3")
    said = cli("audit", "verify")
    assert said.code == 1
    assert "row 3 has been changed" in said.err
    monkeypatch.setattr("publisher.cli.audit.mine", lambda: "ja")
    assert cli("audit", "verify", "--json").json["problems"] == ["3 行目が変更されています"]


def test_an_export_is_one_json_object_a_line(cli: Commands, tmp_path: Path) -> None:
    import json

    cli.approved("The fair opens", "--to", "x")
    said = cli("audit", "export", by="gus")
    lines = [json.loads(line) for line in said.out.splitlines()]
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
    file = tmp_path / "history.jsonl"
    assert cli("audit", "export", str(file), by="gus").code == 0
    # The second one holds that there was it as well.
    assert len(file.read_text().splitlines()) == len(lines) + 1
    assert file.stat().st_mode & 0o777 == 0o600
    assert cli("audit", "export", str(file), by="gus").code == 7


def test_an_export_that_is_interrupted_leaves_no_part_of_it(
    cli: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "history.jsonl"

    def some(*_: object) -> Iterator[str]:
        yield "{}\n"
        assert not file.exists()
        raise KeyboardInterrupt

    monkeypatch.setattr("publisher.client.door.Door.lines", some)
    assert cli("audit", "export", str(file), by="gus").code == 130
    assert not list(tmp_path.glob("history.jsonl*"))


def test_a_looser_policy_takes_two_people_and_a_tighter_one_acts_at_once(cli: Commands) -> None:
    world = cli.world
    world.by_hand("UPDATE person SET roles = '[\"policy owner\"]' WHERE name = 'eve'")
    world.config.policy.mkdir()
    files = {
        **world.files,
        "rules.toml": world.files["rules.toml"].replace(b"seconds = 0", b"seconds = 60"),
    }
    for name, data in files.items():
        (world.config.policy / name).write_bytes(data)
    assert cli("policy", "activate", by="ann").code == 5
    assert "is in force" in cli("policy", "activate", by="eve").out
    (world.config.policy / "rules.toml").write_bytes(world.files["rules.toml"])
    said = cli("policy", "activate", by="eve")
    assert "waits for a second person" in said.out
    [item] = [
        one for one in cli("todo", "--all", "--json", by="gus").json if one["who"] == "policy owner"
    ]
    look, yes = item["do"].removeprefix("publisher ").split(", then publisher ")
    assert "-seconds = 60" in cli(*look.split(), by="gus").out
    argv = yes.split()
    assert cli(*argv, by="eve").code == 5
    assert cli(*argv, by="gus").code == 0
    assert cli(*argv, by="gus").code == 7


def test_the_configuration_is_shown_one_setting_a_line(cli: Commands) -> None:
    lines = cli("config", "show").out.splitlines()
    assert "accounts.x.credentials.consumer_key = env:SECRET" in lines
    assert "people.ann.roles = author" in lines


def test_what_a_library_says_of_a_failed_who_am_i_shows_no_secret(cli: Commands) -> None:
    broken = RuntimeError("no way with\nBearer canary-secret-value")
    cli.world.net.on_whoami = lambda _name: broken
    for more in ((), ("--json",)):
        said = cli("accounts", "verify", "x", *more, by="gus")
        assert said.code == 8
        assert "no way with" in said.out
        assert "canary-secret-value" not in said.out + said.err


def test_what_commands_answer_is_in_the_language_of_whoever_typed_them(cli: Commands) -> None:
    cli.in_japanese()
    assert cli("todo").out == "対応が必要なものはありません。\n"
    post = cli.post("The fair opens", "--to", "x")["id"]
    assert f"{post}  承認待ち（作成者 ann）: The fair opens" in cli("queue").out
    assert "待機中（公開時刻 " in cli("show", post).out
    history = cli("show", post, "--history").out
    assert "提出" in history
    assert "下書き → 提出済み" in history
    assert "デーモン: " in cli("status", by=None).out
    assert cli("stop", "x", "--reason", "test").out.startswith(
        "停止しました: x。解除は当番責任者が"
    )


def test_what_is_sent_is_shown_in_japanese(cli: Commands) -> None:
    cli.in_japanese()
    post = cli.post("The fair opens", "--to", "x", "--to", "blog", "--title", "The fair")["id"]
    shown = cli("show", post).out
    assert "x  x、280 中 65" in shown
    assert "［タイトル: The fair］" in shown
