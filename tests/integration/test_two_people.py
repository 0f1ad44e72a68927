"""What loosens takes two people, also where it stands in config.toml (invariant 12)."""

import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from commands import Commands
from sqlalchemy import select
from world import ANN, BO, EVE, ROOT, World, doing, migrated_url

from publisher.cli import common
from publisher.cli.acts import command
from publisher.cli.acts import told as with_commands
from publisher.config import Config, load
from publisher.daemon import lock
from publisher.daemon.health import health
from publisher.daemon.post_office import PostOffice
from publisher.daemon.prepare import data_in_use
from publisher.desk import changes, policies
from publisher.desk.parts import pending
from publisher.errors import BadConfig, Conflict, Do, HeldByPolicy, NotFound, NotPermitted, Usage
from publisher.read import todo
from publisher.read.changes import changes as changes_seen
from publisher.read.view import plain
from publisher.release import recover
from publisher.roles import MACHINE, Actor
from publisher.store import ledger
from publisher.store import tables as t
from publisher.store.notices import tell
from publisher.store.provision import provision
from publisher.store.tables import core

OWNERS = """
[people.olga]
name = "Olga"
roles = ["policy owner"]
os_users = ["olga-user"]
[people.otto]
name = "Otto"
roles = ["policy owner", "author"]
os_users = ["otto-user"]
"""
SATURDAY = {"days": 4}
OLGA = Actor("olga", frozenset({"policy owner"}), "olga-user")
OTTO = Actor("otto", frozenset({"policy owner", "author"}), "otto-user")


def made(param: str, folder: Path, extra: str) -> World:
    url = migrated_url() if param == "postgresql" else None
    if param == "postgresql" and url is None:
        if os.environ.get("CI"):
            pytest.fail("CI must test on PostgreSQL: install the test extra or set TEST_PG_URL")
        pytest.skip("no PostgreSQL: install the test extra, or set TEST_PG_URL")
    return World(folder, url, extra=extra)


@pytest.fixture(params=["sqlite", "postgresql"])
def company(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """The small company, with two policy owners of flesh and blood."""
    world = made(request.param, tmp_path, OWNERS)
    yield world
    world.close()


def rewritten(world: World, *replaced: tuple[str, str], more: str = "") -> Config:
    """config.toml as somebody changed it; `replaced` (before, after), each once."""
    text = world.config.file.read_text()
    for before, after in replaced:
        assert before in text
        text = text.replace(before, after, 1)
    world.config.file.write_text(text + more)
    return load(text + more, world.config.file, {})


def restart(world: World, *replaced: tuple[str, str], more: str = "") -> int:
    """config.toml is changed, and the daemon starts again."""
    config = rewritten(world, *replaced, more=more)
    with world.app.store.write(MACHINE) as tx:
        return provision(tx, config)


ALWAYS = (
    '[accounts.x]\nnetwork = "x"\ncalendar = "office"',
    '[accounts.x]\nnetwork = "x"\ncalendar = "always"',
)


SECRETS_OF_ITS_OWN = tuple(
    (f'{key} = "env:SECRET"', f'{key} = "env:REAL"')
    for key in ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
)


def account(world: World, name: str = "x") -> Any:
    with world.app.store.read() as tx:
        return tx.first(select(core(t.Account)).where(core(t.Account).c.id == name))


def person(world: World, name: str) -> Any:
    with world.app.store.read() as tx:
        return tx.first(select(core(t.Person)).where(core(t.Person).c.name == name))


def asked(world: World) -> dict[str, dict[str, Any]]:
    with world.app.store.read(ANN) as tx:
        return {one["name"]: one for one in plain(changes_seen(tx))}


def confirm(world: World, number: int, by: Actor = OLGA) -> None:
    with world.app.store.write(by) as tx:
        changes.confirm(tx, number)


def told(world: World) -> list[str]:
    return [f"{title} | {body}" for who, title, body in world.letters() if who == "policy owner"]


def verbs(world: World) -> list[str]:
    with world.app.store.read() as tx:
        return [r.verb for r in tx.all(select(core(t.LedgerRow)).order_by(core(t.LedgerRow).c.seq))]


def test_the_first_config_of_an_empty_database_is_in_force_and_nobody_is_asked(
    company: World,
) -> None:
    assert verbs(company).count("founded") == 1
    assert asked(company) == {}
    assert told(company) == []
    assert restart(company) == 0
    assert verbs(company).count("founded") == 1


@pytest.mark.clause("U4a", kind="deny")
def test_a_looser_calendar_in_the_file_publishes_nothing_on_a_saturday(company: World) -> None:
    company.clock.forward(**SATURDAY)
    assert restart(company, ALWAYS) == 0
    post = company.approved("The fair opens", "x")
    company.settle()
    assert company.net.sent == []
    assert account(company).calendar == "office"
    [said] = told(company)
    assert "calendar: office → always" in said
    assert "publisher config confirm" in said
    for by in (OLGA, OTTO):
        with company.app.store.read() as tx:
            tx.actor = by
            assert any("config confirm" in doing(one) for one in plain(todo.todo(tx, mine=True)))
    assert restart(company) == 0  # asked once, however often it starts
    assert len(told(company)) == 1
    with company.app.store.read() as tx:
        before = data_in_use(tx)
    confirm(company, asked(company)["x"]["id"])
    with company.app.store.read() as tx:
        assert data_in_use(tx) != before  # the daemon plans everything anew
    with company.app.store.write(MACHINE) as tx:
        recover.replan(tx, "")
    company.settle()
    assert company.state(post) == "published"
    assert asked(company) == {}


def test_what_narrows_acts_at_once_and_is_told(company: World) -> None:
    changed = restart(
        company,
        (
            '[accounts.board]\nnetwork = "discourse"\ncalendar = "always"',
            '[accounts.board]\nnetwork = "discourse"\ncalendar = "office"',
        ),
        ('roles = ["policy owner", "author"]', 'roles = ["policy owner"]'),
    )
    assert changed == 2
    assert account(company, "board").calendar == "office"
    assert person(company, "otto").roles == ["policy owner"]
    assert asked(company) == {}
    assert len(told(company)) == 2


@pytest.mark.parametrize(
    ("before", "after", "column"),
    [
        ('user_id = "1120"', 'user_id = "1121"', "remote_user_id"),
        ('base_url = "http://127.0.0.1:9/x"', 'base_url = "http://127.0.0.1:7/x"', "base_url"),
        ("sandbox = true\n[accounts.x.cred", "sandbox = false\n[accounts.x.cred", "sandbox"),
        ('disclaimers = "standard"', 'disclaimers = "livestream"', "disclaimers"),
        ('lang = "en"', 'lang = "ja"', "lang"),
    ],
)
def test_another_place_notice_or_sandbox_waits(
    company: World, before: str, after: str, column: str
) -> None:
    restart(company, *SECRETS_OF_ITS_OWN)
    old = getattr(account(company), column)
    assert restart(company, (before, after)) == 0
    assert getattr(account(company), column) == old
    assert asked(company)["x"]["new"].keys() == {column}


def test_a_new_reference_to_credentials_acts_at_once(company: World) -> None:
    assert restart(company, ('consumer_key = "env:SECRET"', 'consumer_key = "env:OTHER"')) == 1
    assert account(company).credentials["consumer_key"] == "env:OTHER"
    assert asked(company) == {}


NEW = """
[accounts.x-two]
network = "x"
calendar = "office"
disclaimers = "standard"
lang = "en"
user_id = "77"
base_url = "http://127.0.0.1:9/two"
owner = "Comms"
sandbox = true
[accounts.x-two.credentials]
consumer_key = "env:SECRET"
consumer_secret = "env:SECRET"
access_token = "env:SECRET"
access_token_secret = "env:SECRET"
[people.pat]
name = "Pat"
roles = ["approver", "policy owner"]
os_users = ["pat-user"]
"""


def test_a_new_account_is_inactive_and_a_new_person_may_nothing(company: World) -> None:
    assert restart(company, more=NEW) == 2
    assert not account(company, "x-two").active
    pat = person(company, "pat")
    assert (pat.roles, pat.os_users) == ([], [])
    with pytest.raises(HeldByPolicy, match="not active"):
        company.post("The fair opens", "x-two")
    waiting = asked(company)
    assert waiting["x-two"]["new"] == {"active": True}
    assert "user id 77" in waiting["x-two"]["about"]
    assert waiting["pat"]["new"] == {
        "roles": ["approver", "policy owner"],
        "os_users": ["pat-user"],
    }
    with pytest.raises(NotPermitted):
        confirm(
            company, waiting["pat"]["id"], Actor("pat", frozenset({"policy owner"}), "pat-user")
        )
    for one in waiting.values():
        confirm(company, one["id"])
    assert account(company, "x-two").active
    assert person(company, "pat").os_users == ["pat-user"]
    post = company.approved("The fair opens", "x-two")
    company.settle()
    assert company.state(post, "x-two") == "published"


def test_nobody_confirms_their_own_rights(company: World) -> None:
    restart(company, ('roles = ["policy owner", "author"]', 'roles = ["policy owner", "approver"]'))
    assert person(company, "otto").roles == ["policy owner"]
    number = asked(company)["otto"]["id"]
    for by in (OTTO, ANN, BO):
        with pytest.raises(NotPermitted):
            confirm(company, number, by)
    with company.app.store.read() as tx:
        tx.actor = OTTO
        assert not any("config confirm" in doing(one) for one in plain(todo.todo(tx, mine=True)))
    confirm(company, number, OLGA)
    assert person(company, "otto").roles == ["approver", "policy owner"]


def test_nor_their_own_account(company: World) -> None:
    restart(company, ('owner = "Comms"', 'owner = "Olga"'))
    number = asked(company)["x"]["id"]
    with pytest.raises(NotPermitted):
        confirm(company, number, OLGA)
    confirm(company, number, OTTO)
    restart(company, ALWAYS)
    number = asked(company)["x"]["id"]
    with pytest.raises(NotPermitted):
        confirm(company, number, OLGA)
    confirm(company, number, OTTO)


def test_nor_after_they_gave_account_or_name_away_in_the_file(company: World) -> None:
    restart(company, ('owner = "Comms"', 'owner = "Olga"'))
    confirm(company, asked(company)["x"]["id"], OTTO)
    assert (
        restart(
            company,
            ('owner = "Olga"', 'owner = "Comms"'),
            ALWAYS,
            ('name = "Olga"', 'name = "Olga B"'),
        )
        == 0
    )
    assert (account(company).owner, person(company, "olga").display) == ("Olga", "Olga")
    for one in ("x", "olga"):
        with pytest.raises(NotPermitted):
            confirm(company, asked(company)[one]["id"], OLGA)
        confirm(company, asked(company)[one]["id"], OTTO)
    assert (account(company).owner, person(company, "olga").display) == ("Comms", "Olga B")


def test_a_sample_person_confirms_for_the_demonstration_only(company: World) -> None:
    """`--as` is open to anybody on the machine."""
    sample = '[people.ed]\nname = "Ed"\nroles = ["policy owner"]\nsample = true\n'
    restart(company, more=sample)
    ed = Actor("ed", frozenset({"policy owner"}), "tester", sample=True)
    confirm(company, asked(company)["ed"]["id"])
    restart(
        company,
        ALWAYS,
        ('roles = ["policy owner", "author"]', 'roles = ["policy owner", "approver"]'),
    )
    confirm(company, asked(company)["x"]["id"], ed)
    with pytest.raises(NotPermitted):
        confirm(company, asked(company)["otto"]["id"], ed)
    restart(
        company,
        ("sandbox = true\n[accounts.x.cred", "sandbox = false\n[accounts.x.cred"),
        *SECRETS_OF_ITS_OWN,
    )
    with pytest.raises(NotPermitted):
        confirm(company, asked(company)["x"]["id"], ed)
    confirm(company, asked(company)["x"]["id"])
    restart(
        company,
        ('disclaimers = "standard"', 'disclaimers = "livestream"'),
        ('lang = "en"\nuser_id = "1405"', 'lang = "ja"\nuser_id = "1405"'),
    )
    with pytest.raises(
        NotPermitted
    ):  # there is a real account now, and a stand-in could be given its secrets
        confirm(company, asked(company)["page"]["id"], ed)
    confirm(company, asked(company)["page"]["id"])


def test_another_file_withdraws_what_was_asked(company: World) -> None:
    restart(company, ALWAYS)
    first = asked(company)["x"]["id"]
    restart(company, ('user_id = "1120"', 'user_id = "1121"'))
    with pytest.raises(NotFound):
        confirm(company, first)
    again = asked(company)["x"]
    assert again["new"] == {"calendar": "always", "remote_user_id": "1121"}
    restart(company, (ALWAYS[1], ALWAYS[0]), ('user_id = "1121"', 'user_id = "1120"'))
    assert asked(company) == {}
    with pytest.raises(NotFound):
        confirm(company, again["id"])
    assert account(company).calendar == "office"


def test_taken_out_and_put_back_is_asked_anew(company: World) -> None:
    text = company.config.file.read_text()
    start = text.index("[people.otto]")
    block = text[start : text.index("[accounts.", start)]
    assert restart(company, (block, "")) == 1
    assert person(company, "otto").retired_at is not None
    assert restart(company, more=block) == 1
    otto = person(company, "otto")
    assert (otto.retired_at, otto.roles, otto.os_users) == (None, [], [])
    confirm(company, asked(company)["otto"]["id"])
    assert person(company, "otto").os_users == ["otto-user"]


def test_a_row_that_was_put_there_by_hand_is_not_confirmed(company: World) -> None:
    with company.app.store.write(MACHINE) as tx:
        tx.add(
            t.ConfigChange(
                kind="account",
                name="x",
                old={"calendar": "office"},
                new={"calendar": "always"},
                asked_at=tx.now,
            )
        )
    assert asked(company) == {}
    with pytest.raises(NotFound):
        confirm(company, 1)


def test_who_is_told_as_a_policy_owner_is_what_was_confirmed(
    company: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = company.config.file.read_text()
    for name in ("olga", "otto"):
        user = f'os_users = ["{name}-user"]\n'
        text = text.replace(user, f'{user}notify = ["env:{name.upper()}"]\n')
    text += NEW + 'notify = ["env:PAT"]\n'
    config = load(text, company.config.file, {})
    with company.app.store.write(MACHINE) as tx:
        provision(tx, config)
    company.app.config = config
    company.app.env = {name: f"json://{name.lower()}" for name in ("OLGA", "OTTO", "PAT")}
    heard: list[list[str]] = []
    monkeypatch.setattr(
        "publisher.daemon.post_office.notify.send", lambda urls, **_: heard.append(urls) or ()
    )
    assert PostOffice(company.app, lambda: True, command).deliver() > 0
    assert ["json://olga", "json://otto"] in heard
    assert not any("json://pat" in urls for urls in heard)


def test_everybody_is_told_in_their_own_language(
    company: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = 'os_users = ["olga-user"]\n'
    text = company.config.file.read_text().replace(
        user, f'{user}lang = "ja"\nnotify = ["env:OLGA"]\n'
    )
    text += '[notify]\n"policy owner" = ["env:DESK"]\n'
    company.app.config = load(text, company.config.file, {})
    company.app.env = {"DESK": "json://desk", "OLGA": "json://olga"}
    heard: dict[str, str] = {}
    monkeypatch.setattr(
        "publisher.daemon.post_office.notify.send",
        lambda urls, title, **_: heard.update(dict.fromkeys(urls, title)) or (),
    )
    with company.app.store.write(BO) as tx:
        tell(
            tx,
            "once",
            "policy owner",
            "config_asks",
            Do("confirm config", {"change": "1"}),
            kind="account",
            name="x",
            change="calendar: office → always",
        )
    PostOffice(company.app, lambda: True, command).deliver()
    assert heard["json://desk"] == "config.toml asks to loosen account x"
    assert heard["json://olga"] == "config.toml は account x を緩めるよう求めています"


def test_one_edit_cannot_loosen_and_leave_the_policy_owners_untold(
    company: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    notified = '[notify]\n"policy owner" = ["env:DESK"]\n'
    user = 'os_users = ["olga-user"]\n'
    restart(company, (user, f'{user}notify = ["env:OLGA"]\n'), more=notified)
    company.app.env = {"DESK": "json://desk", "OLGA": "json://olga"}
    heard: list[tuple[str, str]] = []
    monkeypatch.setattr(
        "publisher.daemon.post_office.notify.send",
        lambda urls, title, **_: heard.extend((url, title) for url in urls) or (),
    )
    silent = ('"policy owner" = ["env:DESK"]', '"policy owner" = []')
    restart(company, ALWAYS, silent, ('notify = ["env:OLGA"]\n', ""))
    company.app.config = load(company.config.file.read_text(), company.config.file, {})
    PostOffice(company.app, lambda: True, command).deliver()
    for url in ("json://desk", "json://olga"):
        assert (url, "config.toml asks to loosen account x") in heard
        assert (url, "config.toml no longer tells the policy owners everywhere") in heard
    heard.clear()
    restart(company, (ALWAYS[1], ALWAYS[0]), ('user_id = "1120"', 'user_id = "1121"'))
    PostOffice(company.app, lambda: True, command).deliver()
    assert heard == [], "they were told that nothing more would come"


# ---- nobody is left


def alone(world: World) -> Config:
    """Both owners have gone; Pat stands in config.toml, and nobody could confirm her."""
    text = world.config.file.read_text()
    start = text.index("[people.olga]")
    block = text[start : text.index("[accounts.", start)]
    restart(world, (block, ""), more=NEW)
    return load(world.config.file.read_text(), world.config.file, {})


def test_where_nobody_is_left_status_says_so_and_the_server_names_an_owner(company: World) -> None:
    config = alone(company)
    notes = "\n".join(health(company.app, partial(with_commands, lang="en"))["notes"])
    assert "Nobody is left who could confirm it" in notes
    assert "publisher recover owner" in notes
    server = Actor("server", frozenset({"server"}), "root")
    with company.app.store.write(server) as tx:
        for name, why in (("nobody", "all are gone"), ("ann", "all are gone")):
            with pytest.raises(Usage, match="first"):
                changes.recover_owner(tx, config, name, why)
        with pytest.raises(Usage, match="Say why") as refused:
            changes.recover_owner(tx, config, "pat", " ")
        assert refused.value.field == "reason"
        changes.recover_owner(tx, config, "pat", "all others have left the company")
    pat = person(company, "pat")
    assert (pat.roles, pat.os_users) == (["policy owner"], ["pat-user"])
    with company.app.store.read() as tx:
        last = ledger.head(tx)
    assert len([title for title in company.notices() if "made a policy owner" in title]) == 7
    assert last
    assert "recover owner" in verbs(company)
    confirm(company, asked(company)["x-two"]["id"], Actor("pat", frozenset({"policy owner"}), "p"))
    with company.app.store.write(server) as tx, pytest.raises(Conflict, match="pat can confirm"):
        changes.recover_owner(tx, config, "pat", "once more, because I like it")


def test_the_next_start_leaves_the_recovered_owner_in_office(company: World) -> None:
    config = alone(company)
    with company.app.store.write(Actor("server", frozenset({"server"}), "root")) as tx:
        changes.recover_owner(tx, config, "pat", "all others have left the company")
        assert not any(said.get("name") == "pat" for said, _ in pending.stuck(tx)), (
            "nobody is asked for what is done"
        )
    restart(company)
    assert person(company, "pat").roles == ["policy owner"]
    assert asked(company)["pat"]["new"] == {"roles": ["approver", "policy owner"]}


# ---- by command


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Commands]:
    world = made("sqlite", tmp_path, OWNERS)
    yield Commands(world, monkeypatch)
    world.close()


@pytest.fixture
def olga(monkeypatch: pytest.MonkeyPatch) -> Callable[[int | None], None]:
    """Olga is at the machine; the kernel says that `uid` logged in."""
    names = {1: "olga-user", 2: "otto-user"}
    monkeypatch.setattr("publisher.cli.common.os.getuid", lambda: 1)
    monkeypatch.setattr("publisher.unix.user_name", lambda uid: names.get(uid, "other"))

    def logged_in(uid: int | None) -> None:
        monkeypatch.setattr(common, "login_uid", lambda: uid)

    logged_in(1)
    return logged_in


def test_a_change_is_listed_shown_and_confirmed(
    cli: Commands, olga: Callable[[int | None], None]
) -> None:
    rewritten(cli.world, ALWAYS)
    copytree(ROOT / "policy", cli.world.config.policy)
    checked = cli("config", "check", by=None)
    assert checked.code == 0, checked.err
    assert (
        "The next start asks a second person for account x: calendar: office → always"
        in checked.out
    )
    restart(cli.world)
    assert "publisher config confirm 1" in cli("config", "check", by=None).out
    assert "config.toml asks to loosen account x" in cli("status").out
    assert "warn  register: config.toml asks to loosen account x" in cli("doctor", by=None).out
    listed = cli("config", "changes")
    assert "account x: calendar: office → always" in listed.out
    assert "may confirm it: olga, otto" in listed.out
    assert cli("config", "confirm", "1", by="ann").code == 5
    olga(2)
    said = cli("config", "confirm", "1", by=None)
    assert said.code == 5
    assert "otto" in said.err
    olga(1)
    assert cli("config", "confirm", "1", by=None).code == 0
    assert cli("config", "confirm", "1", by=None).code == 6
    assert cli("config", "changes").out == "Nothing is asked for.\n"


@pytest.mark.parametrize(
    ("gone", "said"),
    [(0, ""), (1, "olga is the only policy owner"), (2, "There is no policy owner")],
)
def test_checking_a_file_with_real_accounts_counts_its_owners(
    cli: Commands, gone: int, said: str
) -> None:
    copytree(ROOT / "policy", cli.world.config.policy)
    lines = ("[people.otto]", "[people.olga]")[:gone]
    owners = [
        (
            f'{line}\nname = "{line[8:-1].title()}"\nroles = ["policy owner"',
            f'{line}\nname = "{line[8:-1].title()}"\nroles = ["author"',
        )
        for line in lines
    ]
    once = owners and [(owners[0][0] + ', "author"', owners[0][1]), *owners[1:]]
    real = ("sandbox = true\n[accounts.x.cred", "sandbox = false\n[accounts.x.cred")
    rewritten(
        cli.world,
        real,
        ("http://127.0.0.1:9/x", "https://api.example.com"),
        *once,
        *SECRETS_OF_ITS_OWN,
    )
    checked = cli("config", "check", by=None)
    assert checked.code == 0, checked.err
    assert (
        (said in checked.out) if said else ("policy owner" not in checked.out.split("The next")[0])
    )


def test_who_counts_is_what_was_confirmed_and_not_what_the_file_says(
    cli: Commands, olga: Callable[[int | None], None]
) -> None:
    restart(cli.world, more=NEW.replace("pat-user", "other"))
    olga(3)
    assert cli("queue", by=None).code == 0
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("publisher.cli.common.os.getuid", lambda: 3)  # "other": Pat, says the file
        said = cli("queue", by=None)
        assert said.code == 5
        number = asked(cli.world)["pat"]["id"]
        confirm(cli.world, number)
        assert cli("queue", by=None).code == 0


def test_recovering_takes_a_stopped_daemon(cli: Commands) -> None:
    alone(cli.world)
    cli.world.app.config = load(cli.world.config.file.read_text(), cli.world.config.file, {})
    held = lock.take(cli.world.app.store, cli.world.config.data)
    argv = ("recover", "owner", "pat", "--reason", "all others have left")
    try:
        assert cli(*argv, by=None).code == 7
    finally:
        held.release()
    said = cli(*argv, by=None)
    assert said.code == 0, said.err
    assert person(cli.world, "pat").roles == ["policy owner"]


def test_a_policy_that_names_an_account_of_no_register_is_not_activated(company: World) -> None:
    """Whatever surface it is handed in by."""
    files = dict(company.files)
    files["pacing.toml"] += b"\n[accounts.nobody]\ngap_minutes = 5\n"
    refused = pytest.raises(BadConfig, match='there is no account "nobody"')
    with refused, company.app.store.write(EVE) as tx:
        policies.activate(tx, files)
