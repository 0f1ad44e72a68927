"""What people and machines get wrong: a clear sentence, the right exit code, nothing half-done."""

import errno
import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from commands import Commands
from PIL import Image
from sqlalchemy import event
from sqlalchemy import text as sql
from world import ROOT, World

from publisher.roles import MACHINE


@pytest.fixture
def cli(lite: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Commands]:
    return Commands(lite, monkeypatch)


@pytest.mark.parametrize(
    ("argv", "code", "says"),
    [
        (("post", "", "--to", "x"), 2, "is empty"),
        (("post", " \n\t ", "--to", "x"), 2, "is empty"),
        (("post", "zero\u200bwidth", "--to", "x"), 2, "U+200B"),
        (("post", "turned\u202eround", "--to", "x"), 2, "U+202E"),
        (("post", "bell\x07", "--to", "x"), 2, "U+0007"),
        (("post", "Hello \udcff", "--to", "x"), 2, "not valid UTF-8"),
        (("post", "Hello", "--to", "x", "--title", "\udcff"), 2, "not valid UTF-8"),
        (("post", "x" * 100_001, "--to", "x"), 2, "no network takes that many"),
        (("post", "x" * 100_000, "--to", "x"), 3, "Too long"),
        (("post", "Hello", "--to", "bord"), 6, 'Did you mean "board"?'),
        (("post", "Hello"), 2, "--to"),
        (("post", "Hello", "--to", "x", "--at", "2026-11-30 09:00"), 2, "has passed"),
        (("post", "Hello", "--to", "x", "--at", "9999-12-31 09:00"), 2, "further ahead"),
        (("post", "Hello", "--to", "x", "--at", "tomorrow-ish"), 2, '--at: "tomorrow-ish" is'),
        (("post", "Hello", "--to", "x", "--embargo", "never"), 2, '--embargo: "never" is not'),
        (("post", "Hello", "--to", "x", "--lang", "de"), 2, "--lang is one of"),
        (("post", "Hello", "--to", "x", "--kind", "urgent"), 2, "publisher urgent"),
        (("post", "Hello", "--to", "x", "--link", "example.com"), 2, "not a web address"),
        (("post", "Hello", "--to", "x", "--variant", "Hi"), 2, "ACCOUNT=TEXT"),
        (("post", "Hello", "--to", "x", "--variant", "page=Hi"), 2, "are given for page"),
        (("post", "Hello", "--to", "x", "--image", "nowhere.png=A cat"), 2, "cannot be read"),
        (("post", "Hello", "--to", "x", *["--image", "a.png=A cat"] * 5), 2, "too many"),
        (("post", "@nowhere.txt", "--to", "x"), 2, "cannot be read"),
        (("post", "@notes/nowhere", "--to", "x"), 2, "cannot be read"),
        (("post", "@/dev/zero", "--to", "x"), 2, "a device"),
        (("post", "Hello", "--to", "x", "--variant", "x=@/dev/zero"), 2, "a device"),
        (("check", "@/", "--to", "x"), 2, "cannot be read: Is a directory"),
        (("post", "Hello", "--to", "x", "--title", "Two\nlines"), 2, "several lines"),
        (("post", "Hello", "--to", "x", "--title", "blank\u2800braille"), 2, "U+2800"),
        (("post", "Hello", "--to", "x", "--variant", "x=filler\u3164"), 2, "U+3164"),
        (("post", "Hello", "--to", "x", "--link", "https://a:b@example.com/"), 2, "leads to"),
        (("post", "Hello", "--to", "x", "--image", "/dev/zero=A cat"), 2, "a device"),
        (("show", "zzzz"), 6, "publisher queue"),
        (("show", "z"), 2, "at least"),
        (("check", "Hello", "--to", "nowhere"), 6, "publisher accounts"),
        (("calendar", "boardd"), 6, 'Did you mean "board"?'),
        (("calendar", "x", "--from", "soon"), 2, "is no day"),
        (("calendar", "x", "--from", "9999-12-31"), 2, "further away"),
        (("calendar", "x", "--from", "2026-12-05", "--to", "2026-12-01"), 2, "before"),
        (("queue", "--limit", "many"), 2, "--limit"),
        (("queue", "--bogus"), 2, "--bogus"),
        (
            ("post", "Hello", "--ta", "x"),
            2,
            "No such option: --ta. Did you mean --as, --at, --to? See: ",
        ),
        (("check", "Hello", "--to", "x", "--time", "9:30"), 2, "--time. Did you mean --at? See: "),
        (("reschedule", "abc", "--when", "9:30"), 2, "--when. Did you mean --at? See: "),
        (("post", "-5 degrees today", "--to", "x"), 2, 'publisher post --to ACCOUNT -- "-5'),
        (("check", "-5度です", "--to", "x"), 2, "taken for an option. Put it last"),
        (("quue",), 2, "Did you mean 'queue'?"),
        (("nonsense",), 2, "nonsense"),
        (("stop", "nowhere"), 6, "nowhere"),
        (("stop", "x", "--except-notices"), 2, "--except-notices"),
    ],
)
def test_a_mistake_is_answered_with_a_sentence(
    cli: Commands, argv: tuple[str, ...], code: int, says: str
) -> None:
    said = cli(*argv)
    assert (said.code, said.out if code == 2 else "") == (code, "")
    assert says in said.err


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (("queue", "--al"), "--al というオプションはありません。--all"),
        (("check", "Hello", "--to", "x", "--time", "9:30"), "--at のことですか？"),
        (("post", "Hello"), "オプション --to を指定してください。"),
        (
            ("queue", "--limit", "many"),
            "--limit の値が正しくありません（整数で指定してください）。",
        ),
        (("quue",), "「quue」というコマンドはありません。"),
        (("post", "Hello", "--to"), "オプション --to には値が必要です。"),
        (("post", "-5度です", "--to", "x"), "「-」で始まる本文は"),
        (("post", "Hello", "--to", "x", "--lang", "de"), "--lang に指定できるのは次のいずれか"),
        (("edit", "abcd"), "変更する内容を指定してください"),
        (("calendar", "x", "--from", "soon"), "「soon」は日付として読み取れません。"),
    ],
)
def test_a_mistake_is_answered_in_the_language_of_whoever_made_it(
    cli: Commands, argv: tuple[str, ...], says: str
) -> None:
    cli.in_japanese()
    said = cli(*argv)
    assert said.code == 2
    assert says in said.err


@pytest.mark.parametrize(
    "more",
    [
        ("zero\u200bwidth",),
        ("Hello", "--link", "example.com/news"),
        ("Hello", "--variant", "page=Hi"),
        ("Hello", "--title", "\u3164"),
        ("",),
    ],
)
def test_check_and_post_answer_from_the_same_door(cli: Commands, more: tuple[str, ...]) -> None:
    checked, posted = (cli(verb, *more, "--to", "x") for verb in ("check", "post"))
    assert (checked.code, checked.err) == (posted.code, posted.err) == (2, posted.err)


def test_a_title_that_the_board_will_refuse_is_said_by_check_and_post(cli: Commands) -> None:
    with cli.world.app.store.write(MACHINE) as tx:
        tx.run(sql("UPDATE account SET limits = '{}' WHERE id = 'board'"))
    for verb in ("check", "post"):
        said = cli(verb, "Scrolls", "--to", "board", "--title", "Scrolls")
        assert said.code == 3
        assert "The title has 7 characters; this site takes 15 or more." in said.out + said.err


def test_a_text_may_begin_with_a_mention_or_a_byte_order_mark(
    cli: Commands, tmp_path: Path
) -> None:
    file = tmp_path / "note.txt"
    file.write_bytes(b"\xef\xbb\xbfFrom Notepad\r\nse\xcc\x81")
    for given, text in (
        ("@alice Thank you for asking", "@alice Thank you for asking"),
        (f"@{file}", "From Notepad\ns\u00e9"),
        ("@" + "a" * 5000 + " b", None),
    ):
        said = cli("check", given, "--to", "blog", "--title", "A title", "--json")
        assert said.code in (0, 3), said.err
        assert text is None or said.json["rendered"]["blog"]["text"].startswith(text)


def test_a_pipe_that_nobody_writes_to_is_not_waited_for(cli: Commands, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.txt"
    os.mkfifo(pipe)
    said = cli("check", f"@{pipe}", "--to", "x")
    assert (said.code, "a pipe" in said.err) == (2, True)


def test_an_existing_file_with_an_equals_sign_in_its_name_wins(
    cli: Commands, tmp_path: Path
) -> None:
    file = tmp_path / "chart=2026.png"
    Image.new("RGB", (20, 10)).save(file)
    said = cli("check", "Sales", "--to", "x", "--image", f"{file}=Sales by month = all")
    assert said.code in (0, 3), said.err
    assert cli("check", "Sales", "--to", "x", "--image", str(file)).code in (0, 3)


@pytest.mark.clause("2.2", kind="deny")
def test_the_same_picture_twice_is_refused_under_any_name(cli: Commands, tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("a.png", "other.png", "b.png")]
    for file, colour in zip(files, ("red", "red", "blue"), strict=True):
        Image.new("RGB", (20, 10), colour).save(file)
    images = [f"--image={file}=Image {at}" for at, file in enumerate(files)]
    said = cli("check", "Sales", "--to", "x", *images)
    assert said.code == 2
    assert "Image 2 is the same picture as image 1" in said.err
    assert cli("check", "Sales", "--to", "x", images[0], images[2]).code in (0, 3)


def test_standard_input_that_is_no_utf8_is_refused(cli: Commands) -> None:
    said = cli("post", "-", "--to", "x", stdin=b"caf\xe9")
    assert (said.code, said.out) == (2, "")
    assert "not valid UTF-8" in said.err


def test_who_is_nobody_is_told_how_to_become_somebody(cli: Commands) -> None:
    said = cli("queue", by=None)
    assert said.code == 5
    assert "os_users" in said.err
    assert "ann (author)" in said.err
    assert cli("queue", by="mallory").code == 5


def test_nobody_is_a_sample_person_once_an_account_is_real(cli: Commands) -> None:
    with cli.world.app.store.write(MACHINE) as tx:
        from sqlalchemy import update

        from publisher.store.tables import Account, core

        tx.run(update(core(Account)).where(core(Account).c.id == "x").values(sandbox=False))
    stranger = cli("queue", by=None)
    assert (stranger.code, "ann" in stranger.err) == (5, False)
    said = cli("post", "Hello", "--to", "x")
    assert said.code == 5
    assert "as long as every account is a sandbox account" in said.err


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"words, not an image", "not an image"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "not an image"),
    ],
)
def test_a_file_that_is_no_image_is_refused_by_name(
    cli: Commands, tmp_path: Path, data: bytes, says: str
) -> None:
    file = tmp_path / "cat.png"
    file.write_bytes(data)
    said = cli("post", "Hello", "--to", "x", "--image", f"{file}=A cat")
    assert said.code == 2
    assert says in said.err
    assert "cat.png" in said.err
    assert cli("queue", "--json").json == []


def bomb() -> bytes:
    """A PNG of a few kilobytes that says it is 40,000 by 40,000 pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 9_000))
    )


def test_a_decompression_bomb_is_refused_before_it_opens(cli: Commands, tmp_path: Path) -> None:
    file = tmp_path / "big.png"
    file.write_bytes(bomb())
    said = cli("post", "Hello", "--to", "x", "--image", f"{file}=A cat")
    assert said.code == 2
    assert "big.png" in said.err


def test_a_picture_that_was_only_checked_is_gone_after_a_day(cli: Commands, tmp_path: Path) -> None:
    from PIL import Image

    file = tmp_path / "cat.png"
    Image.new("RGB", (40, 30), "red").save(file)
    said = cli(
        "check",
        "Hello",
        "--to",
        "board",
        "--title",
        "A title that is long enough",
        "--image",
        f"{file}=A red cat",
        "--json",
    )
    assert said.json["verdict"] == "APPROVE"
    assert len(list(cli.world.app.media_folder.iterdir())) == 1
    cli.world.clock.forward(days=2)
    other = tmp_path / "dog.png"
    Image.new("RGB", (40, 30), "blue").save(other)
    made = cli.post("Hello", "--to", "x", "--image", f"{other}=@dog waves")
    [shown] = made["rendered"]["x"]["images"]
    assert [file.name for file in cli.world.app.media_folder.iterdir()] == [shown["sha256"]]


def test_an_invisible_character_in_an_image_description_is_refused(
    cli: Commands, tmp_path: Path
) -> None:
    from PIL import Image

    file = tmp_path / "cat.png"
    Image.new("RGB", (40, 30), "red").save(file)
    said = cli("post", "Hello", "--to", "x", "--image", f"{file}=A \u202ecat")
    assert said.code == 2
    assert "description of image 1" in said.err


def on_connect(world: World, statement: str) -> None:
    """Every connection from now on begins with `statement`."""
    world.app.store.engine.dispose()
    world.releaser.finish = lambda _seconds: 0  # type: ignore[method-assign]  # it could write nothing
    event.listen(
        world.app.store.engine, "connect", lambda conn, _record: conn.execute(statement).close()
    )


def test_a_read_only_database_says_so_and_can_be_read(cli: Commands) -> None:
    cli.post("Hello", "--to", "x")
    on_connect(cli.world, "PRAGMA query_only = ON")
    said = cli("post", "Hello again", "--to", "x")
    assert said.code == 1
    assert "cannot be written" in said.err
    assert len(cli("queue", "--json").json) == 1


def test_a_full_disk_loses_nothing_and_says_try_again(cli: Commands) -> None:
    cli.post("Hello", "--to", "x")
    on_connect(cli.world, "PRAGMA max_page_count = 1")
    said = cli(
        "post", "Long words. " * 20, "--to", "board", "--title", "A title that is long enough"
    )
    for n in range(200):  # the pages that are there have some room left
        if said.code:
            break
        said = cli(
            "post", f"Words {n} " * 100, "--to", "board", "--title", f"A title that is long {n}"
        )
    assert said.code == 75
    assert "The disk is full" in said.err
    assert cli("audit", "trail", "--json").code == 0


def test_a_locked_database_says_try_again(cli: Commands) -> None:
    on_connect(cli.world, "PRAGMA busy_timeout = 50")
    with cli.world.app.store.write(MACHINE):
        said = cli("post", "Hello", "--to", "x")
    assert said.code == 75
    assert "busy" in said.err


def overwritten(world: World, start: int) -> None:
    """The database's bytes from `start` on become others."""
    file = world.config.data / "publisher.db"
    world.releaser.finish = lambda _seconds: 0  # type: ignore[method-assign]
    world.app.store.engine.dispose()
    data = bytearray(file.read_bytes())
    for place in range(start, len(data)):
        data[place] ^= 0x5A
    file.write_bytes(data)
    for end in ("-wal", "-shm"):
        file.with_name(file.name + end).unlink(missing_ok=True)


@pytest.mark.parametrize("start", [0, 4096])
@pytest.mark.parametrize(
    "argv",
    [
        ("queue",),
        ("post", "Hello", "--to", "x"),
        ("todo",),
        ("status",),
        ("db", "upgrade"),
        ("audit", "verify"),
        ("db", "backup", "copy.db"),
    ],
)
def test_a_damaged_database_names_the_way_out(
    cli: Commands, start: int, argv: tuple[str, ...]
) -> None:
    overwritten(cli.world, start)
    said = cli(*argv, by="gus")
    assert (said.code, said.out) == (1, "")
    assert "publisher db restore" in said.err


def test_no_database_yet_says_how_to_make_one(cli: Commands) -> None:
    overwritten(cli.world, 0)
    (cli.world.config.data / "publisher.db").unlink()
    said = cli("audit", "verify")
    assert said.code == 6
    assert "publisher db upgrade" in said.err
    looked = cli("doctor", "--json")
    assert looked.code == 1
    assert not (cli.world.config.data / "publisher.db").exists()


def test_a_broken_configuration_is_told_by_line_and_all_at_once(cli: Commands) -> None:
    file = cli.world.config.file
    broken = file.read_text().replace('network = "x"', 'network = "myspace"\ncalender = "office"')
    file.write_text(broken)
    for argv in (("config", "check"), ("daemon",), ("desk",)):
        said = cli(*argv)
        assert said.code == 4
        assert "config.toml:" in said.err
        assert 'Did you mean "calendar"?' in said.err
        assert "myspace" in said.err


@pytest.mark.parametrize("content", [b"\xff\xfe\0\0", b"[company\n", b"= = ="])
def test_a_configuration_that_is_no_toml_is_told_by_line(cli: Commands, content: bytes) -> None:
    cli.world.config.file.write_bytes(content)
    said = cli("queue")
    assert said.code == 4
    assert "config.toml:" in said.err


def test_no_configuration_says_where_it_was_looked_for(
    cli: Commands, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("PUBLISHER_CONFIG")
    empty = tmp_path / "elsewhere"
    empty.mkdir()
    monkeypatch.chdir(empty)
    said = cli("queue")
    assert said.code == 4
    assert str(empty) in said.err


def policy_folder(world: World, **changes: Any) -> Path:
    """The shipped policy beside the configuration, with some files changed."""
    folder: Path = world.config.policy
    folder.mkdir(exist_ok=True)
    for file in (ROOT / "policy").iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    for name, words in changes.items():
        (folder / f"{name}.toml").write_text(words)
    return folder


def test_a_broken_policy_is_told_by_line_and_leaves_the_old_one_in_force(cli: Commands) -> None:
    policy_folder(cli.world, calendars="[calendars.office]\nzone = 'Asia/Tokio'\nwindow = 3\n")
    for argv in (("policy", "check"), ("config", "check")):
        said = cli(*argv)
        assert said.code == 4
        assert "calendars.toml:" in said.err
    assert cli("post", "Hello", "--to", "x").code == 0


def test_what_the_configuration_names_and_the_policy_lacks_is_found(cli: Commands) -> None:
    policy_folder(cli.world)
    assert cli("config", "check").code == 0
    file = cli.world.config.file
    file.write_text(
        file.read_text()
        .replace('calendar = "office"', 'calendar = "offce"', 1)
        .replace('disclaimers = "standard"', 'disclaimers = "standart"', 1)
    )
    said = cli("config", "check")
    assert said.code == 4
    assert 'Did you mean "office"?' in said.err
    assert 'Did you mean "standard"?' in said.err


def test_what_could_steer_a_terminal_is_shown_and_not_obeyed(cli: Commands) -> None:
    made = cli.post("Hello", "--to", "x")
    cli("pause", made["id"], "--reason", "look \x1b[31mhere\u202e \U0001f3f4\U000e0067")
    shown = cli("show", made["id"])
    assert "\x1b" not in shown.out
    assert "\u202e" not in shown.out
    assert "\\x1b[31mhere" in shown.out
    assert "\U000e0067" not in shown.out


def test_what_a_script_needs_is_shown_to_an_approver_as_readers_see_it(cli: Commands) -> None:
    flag = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"
    text = f"می\u200cخواهم {flag} क्\u200dष"
    said = cli("check", text, "--to", "x")
    assert text in said.out


def test_a_link_that_stands_encoded_in_the_text_is_shown_once(cli: Commands) -> None:
    said = cli("check", "Hello", "--to", "x", "--link", "https://example.com/ニュース")
    assert "%E3%83%8B" in said.out
    assert "[link:" not in said.out


def test_missing_credentials_are_named_and_keep_a_post_back(cli: Commands) -> None:
    from publisher.errors import Problem

    def missing(_account: Any, _tools: Any, _secrets: Any) -> Any:
        raise Problem("SECRET is not set")

    cli.world.app.env = {}
    cli.world.app.make_adapter = missing
    said = cli("accounts", "verify", "x", by="gus")
    assert said.code == 8
    assert "SECRET" in said.out
    post = cli.approved("Hello", "--to", "x")
    cli.world.settle()
    [row] = cli("show", post, "--json").json["deliveries"]
    assert row["state"] == "waiting"


def test_config_check_and_policy_check_find_what_does_not_fit_and_ask_what_may_not_be_meant(
    cli: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy_folder(cli.world)
    file = cli.world.config.file
    sound = file.read_text()
    monkeypatch.setenv("NOWHERE", "pigeon://loft")
    file.write_text(sound + '\n[notify]\ndefault = ["env:NOWHERE", "env:UNSET"]\n')
    said = cli("config", "check")
    assert said.code == 4
    assert "what env:NOWHERE stands for is no address that messages can go to" in said.err
    assert "pigeon" not in said.err
    person = '\n[people.zoe]\nname = "Zoe"\nroles = ["author"]\nos_users = ["zoe"]\n'
    file.write_text(sound + person + 'notify = ["env:NOWHERE"]\n')
    said = cli("config", "check")
    assert (said.code, "what env:NOWHERE stands for" in said.err) == (4, True)
    file.write_text(sound + person + 'notify = ["file:addr"]\n[notify]\ndefault = ["env:UNSET"]\n')
    said = cli("config", "check")
    assert said.code == 0
    for where, reference in (("people.zoe.notify", "addr"), ("notify.default", "UNSET")):
        assert any(
            line.startswith(f"? {where}: ") and reference in line for line in said.out.splitlines()
        ), said.out
    file.write_text(sound)
    folder = cli.world.config.policy
    for argv in (("config", "check"), ("policy", "check")):
        said = cli(*argv)
        assert (said.code, "?" in said.out) == (0, False), said.err + said.out
    pacing = (folder / "pacing.toml").read_text()
    (folder / "pacing.toml").write_text("lateness_minutes = 15\n")
    try:
        for argv in (("config", "check"), ("policy", "check")):
            said = cli(*argv)
            assert (said.code, "? pacing.toml keeps no posts apart" in said.out) == (0, True)
    finally:
        (folder / "pacing.toml").write_text(pacing)
    file.write_text(sound.replace('calendar = "office"', 'calendar = "offise"'))
    for argv in (("config", "check"), ("policy", "check")):
        said = cli(*argv)
        assert (said.code, 'the policy has no calendar "offise"' in said.err) == (4, True)
    file.write_text(sound)


def test_a_full_disk_is_said_in_words(cli: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("publisher.daemon.prepare", full)
    said = cli("db", "upgrade")
    assert said.code == 75
    assert "A disk is full, and this command was not done. publisher doctor" in said.err
