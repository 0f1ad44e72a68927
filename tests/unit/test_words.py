"""Every sentence, in every language: complete, filled, and no surface's own."""

import ast
import re
import subprocess
import sys
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from string import Formatter
from types import SimpleNamespace
from typing import Any, get_args

import pytest
from typer.main import get_command

from publisher import errors
from publisher.cli.acts import COMMANDS, command, problem, then
from publisher.cli.commands import app
from publisher.desk.adopting import HARMLESS
from publisher.lifecycle import (
    DELIVERY,
    DELIVERY_STATES,
    MEASURE,
    MEASURE_STATES,
    POST,
    POST_STATES,
)
from publisher.policy.rules import RULES
from publisher.read.parts.approval import Approval
from publisher.read.parts.needs import ASKS
from publisher.release import doubt
from publisher.roles import MAY, ROLES, said
from publisher.store.ledger import FOLLOWS
from publisher.store.notices import letter
from publisher.store.provision import KINDS
from publisher.store.witness import Decision
from publisher.words import (
    Text,
    as_text,
    cleaned,
    code_of,
    foreign,
    kept,
    languages,
    moment,
    part,
    read,
    say,
    say_part,
    sentences,
)

AT = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)
PACKAGE = Path(__file__).parents[2] / "publisher"
RULE_FILES = sorted(PACKAGE.glob("policy/rules/*.py"))


@cache
def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text())


@cache
def _nodes(file: Path) -> tuple[ast.AST, ...]:
    """All of a module: many tests look through all of them."""
    return tuple(ast.walk(_tree(file)))


def _forms(text: Text) -> list[str]:
    return [text] if isinstance(text, str) else list(text.values())


def _values(text: Text) -> set[str]:
    return {
        name
        for form in _forms(text)
        for _, name, _, _ in Formatter().parse(form)
        if name is not None
    }


@pytest.mark.parametrize("lang", sorted(languages() - {"en"}))
def test_every_language_says_everything_with_the_same_values(lang: str) -> None:
    english, other = sentences("en"), sentences(lang)
    assert english.keys() == other.keys()
    assert {code: _values(text) for code, text in english.items()} == {
        code: _values(text) for code, text in other.items()
    }


@pytest.mark.parametrize("lang", sorted(languages()))
def test_each_sentence_is_said_with_its_values(lang: str) -> None:
    for code, text in sentences(lang).items():
        args = {name: f"<{name}>" for name in _values(text)} | {"count": 2}
        said = say(code, args, lang)
        assert all(f"<{name}>" in said for name in _values(text) - {"count"}), code


@pytest.mark.parametrize("lang", sorted(languages()))
def test_no_sentence_but_the_terminals_own_names_a_command_or_an_option(lang: str) -> None:
    for code, text in sentences(lang).items():
        for form in _forms(text):
            named = re.search(r"\bpublisher [a-z]|(?<!\w)--\w", form)
            assert not named or code.startswith("typed."), code


def test_a_rule_says_only_what_there_are_words_for() -> None:
    whole, begun = set(), set()
    for file in RULE_FILES:
        for node in _nodes(file):
            if isinstance(node, ast.keyword) and node.arg == "sentence":
                names = [n.value for n in ast.walk(node.value) if isinstance(n, ast.Constant)]
                put_together = any(isinstance(n, ast.JoinedStr) for n in ast.walk(node.value))
                (begun if put_together else whole).update(f"{file.stem}.{name}" for name in names)
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Finding":
                bare = "sentence" not in {given.arg for given in node.keywords}
                whole.update([f"{file.stem}.default"] if bare else [])
    assert whole
    assert whole <= sentences("en").keys()
    assert all(any(code.startswith(one) for code in sentences("en")) for one in begun)


def _given(function: str, place: int) -> set[str]:
    """The constants that stand at this place in calls of a function, wherever it is called."""
    calls = (
        node
        for file in sorted(PACKAGE.rglob("*.py"))
        for node in _nodes(file)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == function
    )
    return {
        str(one.value)
        for call in calls
        for one in (
            getattr(call.args[place], "body", None),
            getattr(call.args[place], "orelse", None),
            call.args[place],
        )
        if isinstance(one, ast.Constant)
    }


@pytest.mark.parametrize(
    ("function", "place", "group"),
    [
        ("tell", 3, "told"),
        ("Item", 1, "todo"),
        ("part", 0, ""),
        ("as_text", 0, ""),
        ("unfit", 0, ""),
        ("because", 0, "network"),
        ("spoken", 0, ""),
    ],
)
def test_what_is_said_there_are_words_for(function: str, place: int, group: str) -> None:
    used = _given(function, place)
    assert len(used) > 1
    assert {f"{group}.{code}".strip(".") for code in used} <= sentences("en").keys()


def test_every_state_that_needs_a_person_has_words() -> None:
    assert {f"todo.{state}" for state in ASKS} <= sentences("en").keys()


def test_every_state_has_words() -> None:
    states = {f"state.{state}" for state in (*POST_STATES, *DELIVERY_STATES, *MEASURE_STATES)}
    assert states == {code for code in sentences("en") if code.startswith("state.")}
    stands = {f"stands.{state}" for state in DELIVERY_STATES if state != "waiting"}
    standing = {f"standing.{one.replace(' ', '_')}" for one in get_args(Approval)}
    assert stands | standing <= sentences("en").keys()


def test_every_verb_of_the_history_has_words() -> None:
    moves = {verb for table in (POST, DELIVERY, MEASURE) for _, verb in table}
    kinds = {
        f"{verb} {kind}" for verb in ("register", "restore", "retire", "change") for kind in KINDS
    }
    verbs = moves | kinds | _given("Line", 0) | set(FOLLOWS) | set(HARMLESS)
    assert {f"verb.{verb.replace(' ', '_')}" for verb in verbs} <= sentences("en").keys()


def test_every_act_that_is_spoken_of_is_a_command() -> None:
    for rule in RULES:
        for act in (one for acts in rule.acts.values() for one in acts):
            assert command(act.to(post="p1", account="x").json()) != "publisher --help"
    for _, acts in ASKS.values():
        for word in acts:
            assert command({"act": word, "post": "p1", "account": "x"}) != "publisher --help"


def test_every_act_in_the_code_has_a_command() -> None:
    written = {
        " ".join([call.args[0].value, *_how(call)])
        for file in sorted(PACKAGE.rglob("*.py"))
        for call in _nodes(file)
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in ("Do", "about")
        if isinstance(call.args[0], ast.Constant)
    }
    assert len(written) > 10
    assert written <= COMMANDS.keys()


def _how(call: ast.Call) -> list[str]:
    """What is meant of the act: its `kind` or `how`."""
    of = next((one for one in call.args if isinstance(one, ast.Dict)), ast.Dict([], []))
    named = {
        ast.unparse(key).strip("'"): value
        for key, value in zip(of.keys, of.values, strict=True)
        if key
    }
    named |= {keyword.arg or "": keyword.value for keyword in call.keywords}
    return [str(named[name].value) for name in ("kind", "how") if name in named]


def test_a_reason_of_ours_is_read_in_each_language_and_any_other_as_it_stands() -> None:
    ours = as_text("reason.changed_there", there="x", ours="“y”")
    assert read(ours, "en").startswith("somebody changed it there: it reads “x” now, and we had")
    assert read(ours, "ja").startswith("そこで誰かが変更しました。現在「x」")
    assert say("todo.because", {"reason": ours}, "en") == f": {read(ours, 'en')}"
    assert code_of(ours) == "reason.changed_there"
    assert code_of("somebody changed it") == ""


@pytest.mark.parametrize("text", ["did not go out: 404", '{"say":"told.forged","row":"3"}'])
def test_what_is_no_reason_of_ours_stands_as_it_was_written(text: str) -> None:
    assert read(text, "ja") == text


@pytest.mark.parametrize("begun", [as_text("reason.absent", why="")[:1], ""])
@pytest.mark.parametrize(
    "text",
    [
        '{"say":"reason.gone"}',
        '{"say":"reason.changed_there"}',
        '{"say":"reason.changed_there","there":',
        '{"say":"reason.' + "[" * 100_000,
    ],
)
def test_a_reason_of_ours_that_cannot_be_read_is_never_shown_as_it_is_kept(
    begun: str, text: str
) -> None:
    assert read(begun + text, "en") == "this version has no words for the reason"


def test_a_reason_that_was_kept_without_its_mark_is_read_all_the_same() -> None:
    formerly = '{"say":"reason.absent","why":"not listed"}'
    assert read(formerly, "en") == "not listed: it did not go out"
    assert say("todo.because", {"reason": kept(formerly)}, "en").startswith(": not listed")
    assert kept("by hand") == "by hand"


@pytest.mark.parametrize("ours", [as_text("reason.just_started"), '{"say":"reason.just_started"}'])
def test_what_others_write_is_never_taken_for_a_reason_of_ours(ours: str) -> None:
    assert "just started" not in read(foreign(ours), "en")
    assert "just started" not in say_part(part("reason.absent", why=foreign(ours)), "en")
    assert "just started" not in read(as_text("reason.absent", why=foreign(ours)), "en")


def test_the_words_of_a_post_are_never_taken_for_a_reason_of_ours() -> None:
    typed = '{"say":"reason.just_started"}'
    assert say("todo.draft", {"post": "p1", "words": typed}, "en") == f"p1 “{typed}” is a draft"


def test_what_others_said_in_a_reason_is_cleaned_and_the_reason_stays_whole() -> None:
    ours = as_text("reason.absent", why=part("reason.no_mark", why="a\nb"))
    assert read(cleaned(ours, lambda text: text.replace("\n", " ")), "en") == (
        "the mark file cannot be written (a b): it did not go out"
    )
    assert cleaned("a\nb", lambda text: text.replace("\n", " ")) == "a b"


@pytest.mark.parametrize("lang", sorted(languages()))
def test_a_notice_has_a_title_and_a_body(lang: str) -> None:
    parts = {"missed_one", "counted"}
    for code, text in sentences(lang).items():
        group, _, name = code.partition(".")
        if group == "told" and name not in parts:
            for form in _forms(text):
                title, _, body = form.partition("\n")
                assert title.strip(), code
                assert body.strip(), code


def test_a_notice_is_read_in_its_readers_language_with_what_can_be_done() -> None:
    row = SimpleNamespace(
        code="missed",
        title="",
        body="",
        acts=[{"act": "cancel", "post": "p1"}],
        args={
            "count": 1,
            "missed": [
                part("told.missed_one", where="p1/x", due="2026-11-24T00:00:00Z", zone="Asia/Tokyo")
            ],
        },
    )
    title, body = letter(row, "en", command)
    assert title == "1 post missed its time"
    assert body.endswith("p1/x: was due Tue 2026-11-24 09:00 (Asia/Tokyo)\npublisher cancel p1")
    assert letter(row, "ja", command)[0] == "1 件の投稿が予定時刻に公開されませんでした"


def test_a_notice_from_before_there_were_codes_keeps_its_text() -> None:
    row = SimpleNamespace(code="", title="Stopped: everything", body="eve: see", args={}, acts=[])
    assert letter(row, "ja", command) == ("Stopped: everything", "eve: see")


def test_a_notice_that_this_version_has_no_words_for_is_told_all_the_same() -> None:
    row = SimpleNamespace(code="gone", title="", body="", args={"x": "y"}, acts=[])
    assert letter(row, "en", command)[0] == "Something needs a person"


@pytest.mark.parametrize(
    "typed", ["2026-13-45T00:00:00Z", "0001-01-01T00:00:00Z", "２０２６-99-01T00:00:00Z"]
)
def test_what_only_looks_like_an_instant_is_somebodys_words(typed: str) -> None:
    said = say("todo.draft", {"post": "p1", "words": typed}, "en", zone="America/New_York")
    assert said == f"p1 “{typed}” is a draft"


def test_a_notice_whose_part_is_gone_is_told_all_the_same() -> None:
    row = SimpleNamespace(
        code="exception_granted",
        title="",
        body="",
        acts=[],
        args={
            "kind": "urgent",
            "asked": "ann",
            "granted": "cy",
            "reason": "r",
            "counted": part("told.gone"),
        },
    )
    assert letter(row, "en", command)[0] == "Something needs a person"


def test_a_language_that_there_is_not_is_said_in_english() -> None:
    assert say("embargo.default", {"until": AT}, "fr", zone="Asia/Tokyo") == (
        "Under embargo until Tue 2026-11-24 09:00 (Asia/Tokyo)."
    )


def test_times_are_shown_as_the_language_shows_them() -> None:
    assert moment(AT, "ja", "Asia/Tokyo") == "火 2026-11-24 09:00 (Asia/Tokyo)"
    late = AT.replace(second=5)
    assert moment(late, "en", "Europe/Berlin") == "Tue 2026-11-24 01:00:05 (Europe/Berlin)"


def test_what_somebody_wrote_is_no_time_though_it_looks_like_one() -> None:
    said = say("find.no_post", {"name": "2026-13-01T09:00:00Z"}, "en")
    assert said == 'There is no post "2026-13-01T09:00:00Z".'


def test_a_sentence_that_is_gone_is_an_error_unless_another_stands_in() -> None:
    with pytest.raises(KeyError):
        say("calendar.gone", {}, "en")
    assert say("calendar.gone", {"rule": "calendar"}, "en", instead="finding.silent") == (
        "The rule “calendar” holds this."
    )


def test_every_action_and_role_has_words() -> None:
    for action in MAY:
        assert say_part(said(action), "ja")
    assert {f"role.{role.replace(' ', '_')}" for role in ROLES} <= sentences("en").keys()


def test_what_people_decided_is_said_in_the_readers_language() -> None:
    verbs = {f"verb.{verb.replace(' ', '_')}" for verb in HARMLESS}
    assert verbs <= sentences("en").keys()
    lost = [Decision(1, "", "ann", "stop", "x", ""), Decision(2, "", "bo", "cancel", "d", "p")]
    kept_back = doubt.said([*lost, *lost])
    assert "(stop by ann and cancel by bo)" in read(kept_back, "en")
    assert "（ann さんの 停止、bo さんの 取り消し）" in read(kept_back, "ja")


BELOW = [
    file
    for file in sorted(PACKAGE.rglob("*.py"))
    if file.relative_to(PACKAGE).parts[0] not in ("cli", "words")
]
# What reads or makes a command line of its own.
ARGUMENTS = {"add_argument", "ArgumentParser", "Popen"}


def _named(of: ast.expr) -> str:
    return str(getattr(of, "attr", "") or getattr(of, "id", ""))


def _literals(tree: ast.Module) -> list[ast.Constant]:
    """Every text in a module but its docstrings, and but what a program of its own is started with."""
    left = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(
            node
        ):
            left.add(node.body[0].value)  # type: ignore[attr-defined]
        elif isinstance(node, ast.Call) and _named(node.func) in ARGUMENTS:
            left.update(ast.walk(node))
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in left
    ]


def _paths(group: Any, above: tuple[str, ...] = ()) -> list[str]:
    """Every command below a command: `policy check`."""
    found = []
    for name, one in getattr(group, "commands", {}).items():
        found += [" ".join((*above, name)), *_paths(one, (*above, name))]
    return found


def _typed() -> re.Pattern[str]:
    """What a person types: a command, a command below a command within other words, an option."""
    paths = "|".join(path for path in _paths(get_command(app)) if " " in path)
    inside = rf"\b({paths})\b(?=.)|(?<=.)\b({paths})\b"
    return re.compile(rf"\bpublisher [a-z]|(?<![\w-])--[a-z]|{inside}")


def test_nothing_below_the_command_line_says_what_to_type() -> None:
    typed = _typed()
    assert all(map(typed.search, ("see publisher status", "say --to", "run audit verify.")))
    assert not typed.search("recover owner"), "a name by itself is no sentence"
    found = [
        f"{file.relative_to(PACKAGE)}:{one.lineno}: {one.value}"
        for file in BELOW
        for one in _literals(_tree(file))
        if typed.search(str(one.value))
    ]
    assert found == []


def test_what_only_a_terminal_says_is_said_by_the_command_line_alone() -> None:
    said = {
        str(file.relative_to(PACKAGE))
        for file in BELOW
        for one in _literals(_tree(file))
        if str(one.value).startswith("typed.")
    }
    assert said == set()


def _errors() -> set[str]:
    """The names of all errors that a person reads."""
    bases = {
        node.name: {_named(base) for base in node.bases}
        for file in BELOW
        for node in _nodes(file)
        if isinstance(node, ast.ClassDef)
    }
    found = {"Problem"}
    while more := {name for name, of in bases.items() if of & found} - found:
        found |= more
    return found


def _raised() -> list[tuple[str, ast.expr]]:
    """What each error is made of: where, and its code or its flaws."""
    kinds = _errors()
    return [
        (f"{file.relative_to(PACKAGE)}:{node.lineno}", one)
        for file in sorted(PACKAGE.rglob("*.py"))
        for node in _nodes(file)
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args
        if _named(node.exc.func) in kinds
        for one in (
            node.exc.args[0].elts if isinstance(node.exc.args[0], ast.List) else node.exc.args[:1]
        )
    ]


def test_every_error_is_a_code_that_there_are_words_for() -> None:
    raised = _raised()
    assert len(raised) > 100
    codes = {str(one.value) for _, one in raised if isinstance(one, ast.Constant)}
    assert codes <= sentences("en").keys()
    made = [where for where, one in raised if isinstance(one, ast.JoinedStr | ast.BinOp)]
    assert made == []


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Look again.", "Look again: publisher show p1"),
        ("もう一度確認してください。", "もう一度確認してください: publisher show p1"),
        ("Did you mean “x”?", "Did you mean “x”? publisher show p1"),
        ("Stopped by eve", "Stopped by eve: publisher show p1"),
    ],
)
def test_a_sentence_goes_on_with_its_command(said: str, shown: str) -> None:
    assert then(said, [{"act": "read", "post": "p1"}]) == shown
    assert then(said, []) == said


def test_an_act_that_this_version_has_no_command_for_keeps_no_notice_from_being_told() -> None:
    acts = [{"act": "read", "post": "p1"}, {"act": "gone"}, {"act": "confirm config"}]
    row = SimpleNamespace(code="forged", title="", body="", args={"row": 3}, acts=acts)
    _, body = letter(row, "en", command)
    assert body.endswith("publisher show p1\npublisher --help\npublisher --help")


@pytest.mark.parametrize(
    ("argv", "at"),
    [
        (["post", "Hello"], "TEXT"),
        (["edit", "p1", "--text", "Hello"], "--text"),
        (["edit", "p1", "--text=Hello"], "--text"),
    ],
)
def test_an_error_stands_at_what_was_typed(argv: list[str], at: str) -> None:
    error = errors.Usage("length.empty", field="text")
    assert problem(error, "en", argv) == f"{at}: The post has no text."


def test_what_a_list_of_posts_shows_is_said_without_loading_cldr() -> None:
    code = (
        "import sys; from datetime import UTC, datetime; from publisher.words import say\n"
        "print(say('stands.goes_out', {'when': datetime(2026, 11, 24, tzinfo=UTC)}, 'ja'))\n"
        "print('babel' in sys.modules)"
    )
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert made.stdout == "公開予定 火 2026-11-24 00:00 (UTC)\nFalse\n"
