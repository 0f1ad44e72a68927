"""A new installation is written whole and sound, or not at all."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from world import ROOT

from publisher import config
from publisher.cli import edge
from publisher.config import fresh, owner
from publisher.desk import sound
from publisher.words import say_part

HERE = {"zone": "Europe/Berlin DE-BY", "company": 'Müller "Söhne" KG'}
FIRST = {**HERE, "lang": "en", "website": "https://www.mueller.example", "admin": "root"}


def typed(folder: Path, **more: str) -> list[str]:
    """The command that asks nothing."""
    options = {**FIRST, **more}
    return ["init", str(folder), "--yes", *(f"--{name}={one}" for name, one in options.items())]


def read(folder: Path) -> config.Config:
    """What was written, which `config check` and `policy check` call sound."""
    found = config.read(folder / "config.toml", {})
    _, policy = sound.policy(found)
    sound.together(found, policy)
    return found


@pytest.mark.parametrize(
    "account",
    [
        "x 783214",
        "facebook 1234",
        "wordpress 3 https://blog.mueller.example",
        "discourse 7 https://board.mueller.example",
        "mastodon 109 https://social.mueller.example",
        "sandbox",
    ],
)
@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("systemd", [[], ["--systemd"]])
def test_what_is_written_is_sound(
    tmp_path: Path, account: str, lang: str, systemd: list[str]
) -> None:
    folder = tmp_path / "publisher"
    assert edge.run([*typed(folder, account=account, lang=lang), *systemd]) == 0
    found = read(folder)
    assert (found.company.name, found.company.lang) == (FIRST["company"], lang)
    [first] = [one for one in found.people.values() if not one.sample]
    assert (first.roles, first.os_users) == ({"admin", "policy owner"}, ("root",))
    if account == "sandbox":
        assert len(found.accounts) == 5
    else:
        [one] = found.accounts.values()
        assert (one.sandbox, [one.network, one.user_id]) == (False, account.split()[:2])
        assert not any(person.sample for person in found.people.values())
    assert (str(found.data) == "/var/lib/publisher/data") == bool(systemd)
    policy = tomllib.loads((folder / "policy" / "calendars.toml").read_text())
    assert {one["zone"] for one in policy["calendars"].values()} == {"Europe/Berlin"}
    assert policy["calendars"]["office"]["holidays"] == "DE-BY"


def test_others_read_it_and_its_owner_alone_writes_it(tmp_path: Path) -> None:
    folder = tmp_path / "publisher"
    assert edge.run(typed(folder, account="x 783214")) == 0
    modes = {path.name: path.stat().st_mode & 0o777 for path in folder.rglob("*")}
    assert modes.pop("policy") == 0o755
    assert set(modes.values()) == {0o644}
    assert owner.written(read(folder)) == []


def test_the_demonstration_is_what_is_shipped_to_the_last_byte(tmp_path: Path) -> None:
    assert edge.run(["init", str(tmp_path), "--demo"]) == 0
    shipped = {"config.toml": ROOT / "config.toml"}
    shipped |= {f"policy/{path.name}": path for path in (ROOT / "policy").iterdir()}
    written = {str(p.relative_to(tmp_path)): p for p in tmp_path.rglob("*") if p.is_file()}
    assert {name: path.read_bytes() for name, path in written.items()} == {
        name: path.read_bytes() for name, path in shipped.items()
    }


@pytest.mark.parametrize("there", ["config.toml", "policy"])
def test_what_is_there_is_not_touched(tmp_path: Path, there: str, capsys: Any) -> None:
    (tmp_path / there).write_text("mine")
    assert edge.run(typed(tmp_path, account="sandbox")) == 7
    assert "is there already" in capsys.readouterr().err
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {there: "mine"}


@pytest.mark.parametrize(
    ("name", "answer", "said"),
    [
        ("lang", "fr", "no sentences"),
        ("company", "two\nlines", "one line"),
        ("website", "example.com", "https://"),
        ("zone", "Asia/Tokio JP", "Asia/Tokyo"),
        ("zone", "Asia/Tokyo XX", "no holidays"),
        ("account", "twitter 1", "no network"),
        ("account", "x @example", "no number"),
        ("account", "wordpress 3", "needs base_url"),
        ("account", "wordpress 3 http://blog.example.com", "https"),
        ("admin", "nobody-of-that-name", "no operating-system user"),
    ],
)
def test_an_answer_that_will_not_do_is_named_and_nothing_is_written(
    tmp_path: Path, capsys: Any, name: str, answer: str, said: str
) -> None:
    assert edge.run(typed(tmp_path / "publisher", **{"account": "sandbox", name: answer})) == 2
    err = capsys.readouterr().err
    assert f"--{name}: " in err
    assert said in err
    assert not (tmp_path / "publisher").exists()


def test_where_nobody_can_be_asked_what_lacks_is_named(tmp_path: Path, capsys: Any) -> None:
    assert edge.run(["init", str(tmp_path / "a")]) == 2
    assert "--yes" in capsys.readouterr().err
    assert edge.run(["init", str(tmp_path / "a"), "--yes", "--company=Example"]) == 2
    assert "--website and --zone" in capsys.readouterr().err
    assert edge.run(["init", str(tmp_path / "a"), "--demo", "--company=Example"]) == 2
    assert not (tmp_path / "a").exists()


def test_five_questions_are_asked_in_the_language_of_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    answers = iter(
        ["ja", "株式会社サンプル", "www", "https://www.example.co.jp", "Asia/Tokyo JP", ""]
    )

    def answered(question: str, default: str | None = None) -> str:
        asked.append(question)
        return next(answers) or default or ""

    monkeypatch.setattr("publisher.cli.init.terminal", lambda: True)
    monkeypatch.setattr("publisher.cli.init.typer.prompt", answered)
    assert edge.run(["init", str(tmp_path / "a")]) == 0
    again = asked.pop(3)
    assert again == asked[2]
    assert asked[1:] == [
        say_part({"say": f"init.{one}"}, "ja") for one in ("company", "website", "zone", "account")
    ]
    assert read(tmp_path / "a").company.name == "株式会社サンプル"


def test_who_is_still_missing_is_said(tmp_path: Path, capsys: Any) -> None:
    assert edge.run(typed(tmp_path / "a", account="x 783214")) == 0
    said = capsys.readouterr().out
    assert "author, approver, duty officer, and policy owner" in said
    assert "secrets/x-main.access_token_secret: " in said
    found = read(tmp_path / "a")
    assert len(fresh.lacks(found)) == 4
    text = (tmp_path / "a" / "config.toml").read_text()
    for name in ("hanako", "taro"):
        roles = '["author", "approver", "duty officer", "policy owner"]'
        text += f'[people.{name}]\nname = "{name}"\nroles = {roles}\nos_users = ["{name}"]\n'
    assert fresh.lacks(config.load(text, found.file, {})) == []


def test_an_administrator_who_is_called_like_a_sample_gets_a_name_of_their_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = fresh.First("en", "Example", "https://example.com", "UTC", "sandbox", "Ann")
    found = config.load(fresh.installation(first)["config.toml"], Path("/srv/config.toml"), {})
    assert found.people["ann-2"].os_users == ("Ann",)
    assert found.people["ann"].sample


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "file").write_text("")
    assert edge.run(typed(tmp_path / "file" / "a", account="sandbox")) == 1
    assert "cannot be written" in capsys.readouterr().err
