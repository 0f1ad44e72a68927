"""Approval, exception, stop, pause, moved: what takes a person."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from types import SimpleNamespace

import pytest
from policy_cases import NOON, OFFICE, WEEK, case, leave, tokyo, yes

from publisher.content import Content
from publisher.gate.evidence.approvals import writers
from publisher.policy import Case, Effect, Leave, Stop, evaluate
from publisher.policy.calendar import Calendar
from publisher.policy.rules import RULES, named

CLEAR: tuple[Effect, str] = (Effect.PASS, "")
NIGHT = tokyo("2026-11-24 23:00")
URGENT = Content("Line 1 stands still", kind="urgent")


def judged(rule: str, given: Case) -> tuple[Effect, str]:
    found = evaluate([named(rule)], {}, given).findings
    return (found[0].effect, found[0].sentence) if found else CLEAR


@pytest.mark.clause("1.1", kind="deny")
@pytest.mark.clause("1.2", kind="deny")
@pytest.mark.parametrize(
    "approvals",
    [
        (),
        (yes("alice"),),
        (yes("eve"),),
        (yes("bob", hours=0),),
        (yes("bob", at=NOON + timedelta(hours=2)),),
    ],
    ids=["nobody", "the author", "the last editor", "expired this instant", "not yet"],
)
def test_without_another_persons_live_yes_it_waits(approvals: tuple[object, ...]) -> None:
    given = case(approvals=approvals, last_editor="eve")
    assert judged("approval", given) == (Effect.APPROVE, "default")


@pytest.mark.clause("1.1", kind="allow")
@pytest.mark.clause("1.2", kind="allow")
def test_a_yes_of_somebody_else_is_enough_until_it_expires() -> None:
    assert judged("approval", case(approvals=(yes("bob", hours=0.001),))) == CLEAR


@pytest.mark.clause("1.2", kind="deny")
def test_two_means_two_different_people() -> None:
    twice = case(needed=2, approvals=(yes("bob"), yes("bob")))
    assert judged("approval", twice) == (Effect.APPROVE, "default")
    assert judged("approval", case(needed=2, approvals=(yes("bob"), yes("carol")))) == CLEAR


@pytest.mark.clause("1.1", kind="deny")
def test_what_was_returned_waits_for_a_change_even_when_approved() -> None:
    assert judged("approval", case(returned="wrong year")) == (Effect.HOLD, "returned")


@pytest.mark.clause("U4c", kind="allow")
@pytest.mark.parametrize("kind", ["urgent", "planned"])
def test_the_grant_is_the_approval(kind: str) -> None:
    given = case(at=NIGHT, approvals=(), leave=leave(kind, NIGHT), content=URGENT)
    verdict = evaluate(RULES, {}, given)
    assert verdict.sends
    assert [(f.rule, f.lifted_by) for f in verdict.findings] == [("calendar", "E1")]


@pytest.mark.clause("U4c", kind="deny")
@pytest.mark.parametrize(
    ("granted", "effect"),
    [
        (leave("incident", NIGHT), Effect.APPROVE),
        (leave("urgent", NIGHT, granted_by="alice", requested_by="bob"), Effect.HOLD),
        (leave("urgent", NIGHT, granted_by="eve"), Effect.HOLD),
        (leave("urgent", NIGHT, granted_by="dora", requested_by="dora"), Effect.HOLD),
        (leave("incident", NIGHT, granted_by="dora", requested_by="dora"), Effect.HOLD),
        (leave("urgent", NIGHT - timedelta(hours=4)), Effect.HOLD),
        (leave("urgent", NIGHT + timedelta(seconds=1)), Effect.HOLD),
        (None, Effect.HOLD),
    ],
    ids=[
        "incident approves nothing",
        "own post",
        "own edit",
        "own request",
        "own incident",
        "expired this second",
        "starts in a second",
        "none",
    ],
)
def test_an_exception_takes_two_people_and_its_own_hours(
    granted: Leave | None, effect: Effect
) -> None:
    given = case(
        at=NIGHT,
        approvals=(),
        leave=granted,
        content=URGENT,
        author="alice",
        last_editor="eve",
        category="accident",
    )
    verdict = evaluate(RULES, {}, given)
    assert verdict.effect == effect
    assert not verdict.sends


@pytest.mark.clause("1.2", kind="deny")
@pytest.mark.parametrize("person", ["alice", "eve"])
def test_a_grant_for_ones_own_post_or_edit_approves_nothing(person: str) -> None:
    own = leave(granted_by=person, requested_by="bob")
    given = case(approvals=(), leave=own, author="alice", last_editor="eve")
    assert judged("approval", given) == (Effect.APPROVE, "default")


@pytest.mark.clause("U4c", kind="deny")
def test_an_urgent_notice_without_permission_waits_also_in_business_hours() -> None:
    assert judged("exception", case(content=URGENT)) == (Effect.HOLD, "none")


@pytest.mark.clause("U4c", kind="allow")
def test_an_incident_lets_an_approved_notice_of_the_duty_officer_out() -> None:
    granted = leave("incident", NIGHT, requested_by="bob")
    own = case(
        at=NIGHT,
        leave=granted,
        content=URGENT,
        author="dora",
        last_editor="dora",
        category="safety",
    )
    assert evaluate(RULES, {}, own).sends
    assert judged("exception", replace(own, category="")) == (Effect.HOLD, "category")


@pytest.mark.clause("U4c", kind="allow")
def test_permissions_that_overlap_are_tried_all() -> None:
    """In whatever order: one that is over, one of one's own, one to come, and one that counts."""
    over = leave("urgent", NIGHT - timedelta(hours=4))
    own = leave("urgent", NIGHT, granted_by="alice", requested_by="bob")
    to_come = leave("planned", NIGHT + timedelta(hours=1))
    incident = leave("incident", NIGHT - timedelta(hours=1), hours=12)
    counts = replace(leave("urgent", NIGHT), id="E2")
    for leaves in permutations((over, own, to_come, incident, counts)):
        given = case(at=NIGHT, approvals=(), leaves=leaves, content=URGENT, author="alice")
        assert evaluate(RULES, {}, given).sends
        without = replace(given, leaves=tuple(one for one in leaves if one is not counts))
        assert not evaluate(RULES, {}, without).sends


@pytest.mark.clause("1.2", kind="deny")
def test_whoever_wrote_some_of_it_neither_approves_nor_grants() -> None:
    both = {"writers": ("carol",), "author": "alice", "last_editor": "alice"}
    found = judged("approval", case(approvals=(yes("carol"),), **both))
    assert found == (Effect.APPROVE, "default")
    granted = case(at=NIGHT, approvals=(), leave=leave(at=NIGHT, granted_by="carol"), **both)
    assert not evaluate(RULES, {}, granted).sends


def row(**values: object) -> SimpleNamespace:
    return SimpleNamespace(**values)


def approved(revision: int, *people: str, of: str = "d1") -> list[SimpleNamespace]:
    return [
        row(revision=revision, person=p, decision="approve", deliveries={of: "f"}) for p in people
    ]


@pytest.mark.clause("1.2", kind="deny")
@pytest.mark.parametrize(
    ("written", "approvals", "count", "expected"),
    [
        ("a", [], 1, "a"),
        ("aba", [], 1, "ab"),
        ("abac", [], 1, "abc"),
        ("aba", approved(2, "c"), 1, "a"),
        ("aba", approved(2, "b"), 1, "ab"),  # their own words: no approval
        ("aba", approved(2, "a"), 1, "ab"),
        ("aba", approved(2, "c", of="d2"), 1, "ab"),  # another account's words
        ("aba", approved(3, "c"), 1, "ab"),  # the present words stay theirs
        ("aba", approved(2, "c"), 2, "ab"),
        ("aba", approved(2, "c", "c"), 2, "ab"),
        ("aba", approved(2, "c", "d"), 2, "a"),
        ("abcd", approved(2, "x") + approved(3, "b"), 1, "d"),
        ("abcd", approved(3, "b"), 1, "abcd"),
        (
            "aba",
            [
                *approved(2, "c"),
                row(revision=2, person="d", decision="return", deliveries={"d1": "f"}),
            ],
            1,
            "ab",
        ),
    ],
)
def test_who_wrote_any_of_the_words_since_they_were_last_approved(
    written: str, approvals: list[SimpleNamespace], count: int, expected: str
) -> None:
    rows = [row(number=n, written_by=who) for n, who in enumerate(written, 1)]
    delivery = row(id="d1", revision=len(written))
    assert writers(rows, approvals, delivery, count) == tuple(expected)  # type: ignore[arg-type]


@pytest.mark.clause("U4c", kind="deny")
def test_an_exception_lifts_hours_undo_and_pacing_and_nothing_else() -> None:
    assert {rule.id for rule in RULES if rule.liftable} == {"calendar", "undo", "pacing"}


@pytest.mark.clause("2.4", kind="deny")
@pytest.mark.parametrize(
    ("scope", "granted", "held"),
    [
        ("everything", None, True),
        ("everything", leave(), True),
        ("except notices", None, True),
        ("except notices", leave(), False),
        ("except notices", leave(at=NOON - timedelta(hours=4)), True),
        ("acme-x", leave(), True),
        ("acme-board", None, False),
    ],
)
def test_a_stop_holds_what_it_names(scope: str, granted: Leave | None, held: bool) -> None:
    stop = Stop(scope, "frank", NOON, "wrong price")
    expected = (Effect.HOLD, "default") if held else CLEAR
    assert judged("stop", case(stops=(stop,), leave=granted)) == expected


@pytest.mark.clause("2.4", kind="deny")
def test_any_of_several_stops_is_enough() -> None:
    stops = (Stop("acme-board", "f", NOON, ""), Stop("acme-x", "f", NOON, ""))
    found = evaluate(RULES, {}, case(stops=stops)).findings
    assert [(f.rule, f.event) for f in found] == [("stop", "resume")]


@pytest.mark.clause("2.4", kind="allow")
@pytest.mark.hazard("H18")
def test_a_takedown_goes_at_any_hour_and_under_any_stop() -> None:
    stop = Stop("everything", "frank", NIGHT, "wrong price")
    given = case(
        act="retract",
        at=NIGHT,
        stops=(stop,),
        approvals=(),
        paused="later",
        returned="no",
        embargo_until=NIGHT + timedelta(days=9),
        last_human_at=NIGHT,
        last_sent_at=NIGHT,
    )
    assert evaluate(RULES, {}, given).findings == ()


@pytest.mark.clause("2.4", kind="deny")
def test_a_pause_holds_until_somebody_ends_it() -> None:
    found = evaluate(RULES, {}, case(paused="waiting for the photo", leave=leave())).findings
    assert [(f.rule, f.effect, f.event) for f in found] == [("paused", Effect.HOLD, "unpause")]


@pytest.mark.clause("2.2", kind="deny")
@pytest.mark.hazard("H16")
@pytest.mark.parametrize(
    ("asked", "goes", "expected"),
    [
        ("2026-11-24 12:00", "2026-11-24 12:00", CLEAR),
        ("2026-11-24 12:00", "2026-11-25 12:00", CLEAR),
        ("2026-11-24 12:00", "2026-11-25 12:00:01", (Effect.HOLD, "far")),
        ("2026-11-20 18:00", "2026-11-24 09:00", (Effect.HOLD, "far")),
        ("2026-11-22 20:00", "2026-11-23 10:00", (Effect.HOLD, "over a closure")),
        ("2026-11-23 10:00", "2026-11-24 09:00", (Effect.HOLD, "over a closure")),
        ("2026-12-28 18:00", "2026-12-29 09:00", (Effect.HOLD, "over a closure")),
        ("2026-11-21 18:00", "2026-11-22 09:00", CLEAR),
    ],
)
def test_a_post_moved_far_or_over_a_closure_waits_for_its_author(
    asked: str, goes: str, expected: tuple[Effect, str]
) -> None:
    given = case(requested_at=tokyo(asked), release_at=tokyo(goes), at=tokyo(goes))
    assert judged("moved", given) == expected


@pytest.mark.clause("2.2", kind="deny")
@pytest.mark.hazard("H16")
@pytest.mark.parametrize(
    ("asked", "goes", "expected"),
    [
        ("2026-11-24 18:00", "2026-11-25 09:00", (Effect.HOLD, "another day")),
        ("2026-11-24 00:00", "2026-11-24 23:59", CLEAR),
        ("2026-11-24 23:59", "2026-11-25 00:00", (Effect.HOLD, "another day")),
        ("2026-11-24 08:00", "2026-11-24 10:00", CLEAR),  # two days in UTC, one in Tokyo
        ("2026-11-24 12:00", "2026-11-26 12:00", (Effect.HOLD, "far")),
    ],
)
@pytest.mark.parametrize("words", [{"text": "Open today."}, {"text": "Hi", "title": "本日開店"}])
def test_a_post_that_says_today_and_would_go_out_on_another_day_waits_for_its_author(
    words: dict[str, str], asked: str, goes: str, expected: tuple[Effect, str]
) -> None:
    given = case(
        content=Content(**words), requested_at=tokyo(asked), release_at=tokyo(goes), at=tokyo(goes)
    )
    assert judged("moved", given) == expected
    assert judged("moved", replace(given, confirmed_at=NOON)) == CLEAR


@pytest.mark.clause("2.2", kind="deny")
def test_the_day_is_that_of_the_accounts_own_clock() -> None:
    there = Calendar("there", "America/New_York", WEEK)
    given = case(
        calendar=there,
        content=Content("Open today"),
        at=tokyo("2026-11-25 09:00"),
        requested_at=tokyo("2026-11-24 23:00"),
        release_at=tokyo("2026-11-25 09:00"),
    )
    assert judged("moved", given) == CLEAR
    later = replace(given, release_at=tokyo("2026-11-25 15:00"), at=tokyo("2026-11-25 15:00"))
    assert judged("moved", later) == (Effect.HOLD, "another day")


@pytest.mark.clause("2.2", kind="allow")
@pytest.mark.hazard("H16")
def test_the_authors_yes_covers_the_move() -> None:
    given = case(requested_at=NOON - timedelta(days=5), release_at=NOON, confirmed_at=NOON)
    assert judged("moved", given) == CLEAR
    assert judged("moved", case(requested_at=NOON, release_at=None, calendar=None)) == CLEAR
    assert OFFICE.closure_between(NOON, NOON - timedelta(days=9)) is None
