"""A rule that the house has never heard of, with lists, patterns and a length of time, everywhere."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import made_up_rule
import pytest
from commands import Commands
from world import EVE, World, config_text

from publisher.config import load as load_config
from publisher.daemon.prepare import prepare
from publisher.desk import policies
from publisher.policy import bundle
from publisher.policy.stricter import tightens
from publisher.policy.trace import trace
from publisher.read import posts
from publisher.read.view import plain
from publisher.store.schema import NEWEST, current

TABLE = """
[rules.promises]
words = ["guaranteed", "必ず"]
patterns = ['100\\s{0,2}%', '\\bnever fails?\\b']
harmless = ["not guaranteed"]
rest_hours = 3
"""


OWNER = replace(EVE, roles=frozenset({"policy owner"}))


@pytest.fixture(autouse=True)
def added(monkeypatch: pytest.MonkeyPatch) -> None:
    made_up_rule.add(monkeypatch)


def with_table(files: dict[str, bytes], table: str) -> dict[str, bytes]:
    return {**files, "rules.toml": files["rules.toml"] + table.encode()}


@pytest.fixture
def company(lite: World) -> World:
    lite.files = with_table(lite.files, TABLE)
    with lite.app.store.write(OWNER) as tx:
        assert policies.activate(tx, lite.files)[1], "a longer list of words only tightens"
    return lite


@pytest.fixture
def cli(company: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Commands]:
    company.by_hand("UPDATE person SET roles = '[\"policy owner\"]' WHERE name = 'eve'")
    company.config.policy.mkdir()
    for name, data in company.files.items():
        (company.config.policy / name).write_bytes(data)
    return Commands(company, monkeypatch)


# ---- policy check


def test_its_table_is_read_once_into_its_own_values(company: World) -> None:
    found = bundle.load(company.files).params["promises"]
    assert found.words == ("guaranteed", "必ず")
    assert [one.pattern for one in found.patterns] == [r"100\s{0,2}%", r"\bnever fails?\b"]
    assert found.rest_hours == timedelta(hours=3)
    with company.app.store.read() as tx:
        assert tx.policy.params["promises"] is tx.policy.params["promises"]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('words = ["guaranteed"', "words = [1", ".words.0: should be text in quotes"),
        (
            'words = ["guaranteed", "必ず"]',
            'words = "guaranteed"',
            '.words: should be a list, such as ["guaranteed"]',
        ),
        ('words = ["guaranteed"', 'words = [" "', ".words.0: should not be empty"),
        ('words = ["guaranteed"', 'words = ["\u200b"', ".words.0: would be found in every text"),
        ('words = ["g', 'word = ["g', 'unknown key "word". Did you mean "words"?'),
        ("'100\\s{0,2}%'", "'100\\s*%'", '.patterns.0: has "*", which has no end. Write how often'),
        ("'100\\s{0,2}%'", "'(100'", ".patterns.0: has a bracket that is never closed"),
        ("'100\\s{0,2}%'", "''", ".patterns.0: would be found in every text"),
        ("'\\bnever fails?\\b'", '"\\bnever fails?\\b"', ".patterns.1: has a control character"),
        ("rest_hours = 3", 'rest_hours = "1h"', ".rest_hours: should be a whole number of hours"),
        ("rest_hours = 3", "rest_hours = -1", ".rest_hours: should be a whole number of hours"),
        ("rest_hours = 3", "most = true", ".most: should be a whole number"),
        (
            "rest_hours = 3",
            'mode = "maybe"',
            ".mode: should be 'off', 'audit', 'warn' or 'enforce'",
        ),
        (
            "rest_hours = 3",
            "[rules.promise]",
            'there is no rule "promise". Did you mean "promises"?',
        ),
    ],
)
def test_policy_check_says_what_is_wrong_with_its_line(
    cli: Commands, before: str, after: str, said: str
) -> None:
    assert cli("policy", "check").code == 0
    file = cli.world.config.policy / "rules.toml"
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after))
    line = next(n for n, one in enumerate(file.read_text().splitlines(), 1) if after in one)
    answer = cli("policy", "check")
    assert answer.code == 4
    assert f"rules.toml:{line}: " in answer.err
    assert said in answer.err


# ---- make run


def test_a_machine_with_it_is_prepared_as_make_run_does_it(lite: World) -> None:
    folder = lite.folder / "another"
    (folder / "policy").mkdir(parents=True)
    for name, data in with_table(lite.files, TABLE).items():
        (folder / "policy" / name).write_bytes(data)
    file = folder / "config.toml"
    file.write_text(config_text())
    for _ in range(2):
        made = prepare(load_config(file.read_text(), file, {}), beside=True)
        try:
            assert current(made.store) == NEWEST
            with made.store.read() as tx:
                assert tx.policy.params["promises"].words == ("guaranteed", "必ず")
        finally:
            made.store.close()


def test_the_commands_that_look_at_everything_know_it(cli: Commands) -> None:
    for argv in (("config", "check"), ("db", "upgrade"), ("policy", "trace")):
        assert cli(*argv).code == 0, argv
    [line] = [one for one in cli("policy", "trace").out.splitlines() if one.startswith("2.2 ")]
    assert "promises (enforce)" in line
    failed = [one for one in cli("doctor", "--json").json if "polic" in one["what"].lower()]
    assert failed
    assert {one["state"] for one in failed} <= {"ok", "note"}


def test_a_policy_from_before_it_stays_in_force(lite: World) -> None:
    with lite.app.store.read() as tx:
        assert tx.policy.params["promises"] == made_up_rule.Params()


# ---- one person or two

TIGHTER = [
    ('["guaranteed", "必ず"]', '["guaranteed", "必ず", "forever"]'),
    ("patterns = [", "patterns = ['for (?:ever|good)', "),
    ('["not guaranteed"]', "[]"),
    ("rest_hours = 3", "rest_hours = 5"),
]
BOTH_WAYS_LOOSER = [
    ('["guaranteed", "必ず"]', '["guaranteed", "forever"]'),
    ("100\\s{0,2}%", "100\\s{0,3}%"),
    ('["not guaranteed"]', '["no guarantee"]'),
    ("rest_hours = 3", "rest_hours = 3\nmost = 5"),
]


def changed(company: World, before: str, after: str) -> bundle.Policy:
    text = company.files["rules.toml"].decode()
    assert before in text
    return bundle.load({**company.files, "rules.toml": text.replace(before, after)})


@pytest.mark.parametrize(("before", "after"), TIGHTER)
def test_each_parameter_tightens_the_way_its_mark_says(
    company: World, before: str, after: str
) -> None:
    old, new = bundle.load(company.files), changed(company, before, after)
    assert tightens(old, new)
    assert not tightens(new, old)


@pytest.mark.parametrize(("before", "after"), BOTH_WAYS_LOOSER)
def test_anything_else_takes_two_whichever_way_it_changes(
    company: World, before: str, after: str
) -> None:
    old, new = bundle.load(company.files), changed(company, before, after)
    assert not tightens(old, new)
    assert not tightens(new, old)


def test_a_mode_that_is_weaker_takes_two(company: World) -> None:
    old, new = bundle.load(company.files), changed(company, "rest_hours = 3", 'mode = "warn"')
    assert not tightens(old, new)
    longer = changed(company, "rest_hours = 3", 'rest_hours = 9\nmode = "audit"')
    assert not tightens(old, longer), "a stricter parameter makes no weaker mode good"


def test_the_second_person_reads_the_lists_as_they_are_written(cli: Commands) -> None:
    file = cli.world.config.policy / "rules.toml"
    text = file.read_text().replace(', "必ず"', "").replace("'100\\s{0,2}%', ", "")
    file.write_text(text)
    assert "waits for a second person" in cli("policy", "activate", by="eve").out
    said = cli("policy", "changes", by="bo").out
    assert '-words = ["guaranteed", "必ず"]' in said
    assert '+words = ["guaranteed"]' in said
    assert r"-patterns = ['100\s{0,2}%', '\bnever fails?\b']" in said
    assert r"+patterns = ['\bnever fails?\b']" in said


# ---- the gate, and what people read


@pytest.mark.parametrize(
    "text", ["Success is guaranteed", "必ず届きます", "It NEVER FAILS", "100 % wool"]
)
def test_the_gate_holds_what_it_finds_and_lets_it_go_when_it_has_rested(
    company: World, text: str
) -> None:
    post = company.approved(text, "board")
    company.settle()
    assert company.state(post, "board") == "waiting"
    assert company.delivery(post, "board").release_at == company.clock.at + timedelta(hours=3)
    for lang, words in (("en", "promises something"), ("ja", "約束と受け取られます")):
        with company.app.store.read(EVE) as tx:
            [found] = plain(posts.post(tx, post, lang))["deliveries"][0]["findings"]
        assert (found["rule"], found["clauses"]) == ("promises", ["2.2"])
        assert words in found["reason"]
    company.clock.forward(hours=3)
    company.settle()
    assert company.state(post, "board") == "published"


def test_the_gate_lets_everything_else_go(company: World) -> None:
    posts = [company.approved(text, "board") for text in ("Success is not guaranteed", "Hello")]
    company.settle()
    company.clock.forward(minutes=10)
    company.settle()
    assert {company.state(post, "board") for post in posts} == {"published"}


def test_the_trace_names_it_under_its_clause(company: World) -> None:
    found = trace(bundle.load(company.files))
    assert found.failures == ()
    [row] = [row for row in found.rows if row.clause == "2.2"]
    assert ("promises", "enforce") in row.rules
