"""Calendar, undo, pacing, asked time: when it may go out."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st
from policy_cases import NOON, OFFICE, case, leave, tokyo, yes

from publisher.policy import Case, Effect, Step, evaluate, when
from publisher.policy.rules import RULES, named

OPENING = tokyo("2026-11-24 09:00")
MOMENT = timedelta(milliseconds=1)


def until(rule: str, given: Case) -> datetime | None:
    """None when the rule passes; the instant to which it holds otherwise."""
    found = evaluate([named(rule)], {}, given).findings
    if not found:
        return None
    assert found[0].effect == Effect.HOLD
    assert found[0].until is not None
    return found[0].until


@pytest.mark.clause("U4a", kind="deny")
@pytest.mark.clause("U4b", kind="deny")
@pytest.mark.parametrize(
    ("at", "opens"),
    [
        (OPENING - MOMENT, OPENING),
        (tokyo("2026-11-24 17:30"), tokyo("2026-11-25 09:00")),
        (tokyo("2026-11-24 23:59"), tokyo("2026-11-25 09:00")),
        (tokyo("2026-11-21 12:00"), OPENING),
        (tokyo("2026-11-23 12:00"), OPENING),
        (tokyo("2026-12-29 12:00"), tokyo("2027-01-04 09:00")),
    ],
    ids=["just before opening", "at closing", "at night", "Saturday", "holiday", "year's end"],
)
def test_outside_business_hours_it_waits_for_the_opening(at: datetime, opens: datetime) -> None:
    assert until("calendar", case(at=at)) == opens


@pytest.mark.clause("U4a", kind="allow")
@pytest.mark.clause("U4b", kind="allow")
@pytest.mark.parametrize("at", [OPENING, NOON, tokyo("2026-11-24 17:30") - MOMENT])
def test_in_business_hours_it_goes(at: datetime) -> None:
    assert until("calendar", case(at=at)) is None


@pytest.mark.clause("U4b", kind="deny")
def test_a_thread_begins_only_where_its_last_post_goes_out_before_closing() -> None:
    late = tokyo("2026-11-24 17:28")
    thread = case(at=late, takes=timedelta(minutes=2), leave=None)
    assert until("calendar", thread) is None
    longer = replace(thread, takes=timedelta(minutes=2, seconds=1))
    assert until("calendar", longer) == tokyo("2026-11-25 09:00")
    assert until("calendar", replace(longer, at=tokyo("2026-11-24 18:00"))) == (
        tokyo("2026-11-25 09:00")
    )
    at, steps = when([named("calendar")], {}, longer)
    assert (at, len(steps)) == (tokyo("2026-11-25 09:00"), 1)


@pytest.mark.clause("SYS", kind="deny")
@pytest.mark.parametrize("year", [2038, 2040, 2100])
def test_beyond_the_calendars_data_it_holds_and_no_exception_helps(year: int) -> None:
    at = NOON.replace(year=year)
    for granted in (None, leave(at=at)):
        verdict = evaluate([named("calendar")], {}, case(at=at, leave=granted))
        assert (verdict.effect, verdict.until) == (Effect.HOLD, None)
        assert verdict.findings[0].sentence == "beyond"
    assert when(RULES, {}, case(at=at)) == (None, ())


@pytest.mark.clause("SYS", kind="deny")
def test_without_a_calendar_it_holds_and_no_exception_helps() -> None:
    found = evaluate([named("calendar")], {}, case(calendar=None, leave=leave())).findings
    assert [(f.effect, f.sentence) for f in found] == [(Effect.HOLD, "missing")]
    assert when([named("calendar")], {}, case(calendar=None)) == (None, ())


@pytest.mark.clause("2.4", kind="deny")
def test_a_change_can_be_taken_back_for_a_minute() -> None:
    changed = NOON - timedelta(seconds=60)
    assert until("undo", case(last_human_at=changed + MOMENT)) == NOON + MOMENT


@pytest.mark.clause("2.4", kind="allow")
def test_after_a_minute_it_goes_and_an_urgent_one_at_once() -> None:
    assert until("undo", case(last_human_at=NOON - timedelta(seconds=60))) is None
    found = evaluate([named("undo")], {}, case(last_human_at=NOON, leave=leave())).findings
    assert [(f.effect, f.lifted_by) for f in found] == [(Effect.PASS, "E1")]


@pytest.mark.clause("P1", kind="deny")
@pytest.mark.hazard("H9")
def test_it_never_goes_before_the_asked_time_even_under_an_exception() -> None:
    asked = NOON + MOMENT
    assert until("not_before", case(requested_at=asked, leave=leave())) == asked


@pytest.mark.clause("P1", kind="deny")
@pytest.mark.hazard("H9")
def test_when_a_zone_changes_its_clock_the_typed_time_counts() -> None:
    """Asked for noon in Vancouver; the instant was worked out by older data, an hour too early."""
    noon = tokyo("2027-01-16 04:00")  # 12:00-07:00
    given = case(at=noon - timedelta(hours=1), requested_at=noon - timedelta(hours=1))
    typed = replace(given, asked_wall="2027-01-15 12:00", asked_zone="America/Vancouver")
    assert until("not_before", given) is None
    assert until("not_before", typed) == noon
    assert when([named("not_before")], {}, typed)[0] == noon


@pytest.mark.clause("P1", kind="allow")
@pytest.mark.parametrize(
    "typed", ["2026-11-24 12:00", "2026-11-24T12:00:00+09:00", "2026-11-24 12:00:00", "next", ""]
)
def test_a_typed_time_that_means_the_same_instant_changes_nothing(typed: str) -> None:
    given = case(asked_wall=typed, asked_zone="Asia/Tokyo")
    assert until("not_before", given) is None


@pytest.mark.clause("P1", kind="allow")
def test_at_the_asked_time_it_goes() -> None:
    assert until("not_before", case(requested_at=NOON)) is None


@pytest.mark.clause("P1", kind="deny")
@pytest.mark.hazard("H21")
@pytest.mark.parametrize(
    ("stage", "last", "slots", "free"),
    [
        ("send", -9, (), 1),
        ("send", -10, (), None),
        ("send", None, (0, 5), None),
        ("submit", None, (-10, 10), None),
        ("submit", None, (0,), 10),
        ("submit", None, (-9,), 1),
        ("submit", None, (9,), 19),
        ("submit", None, (0, 10, 20, 31), 41),
        ("submit", -5, (0, 25), 10),
        ("submit", -9, (10,), 20),
    ],
)
def test_posts_of_one_account_keep_ten_minutes(
    stage: str, last: int | None, slots: tuple[int, ...], free: int | None
) -> None:
    def minute(number: int) -> datetime:
        return NOON + timedelta(minutes=number)

    given = case(
        stage=stage,
        last_sent_at=None if last is None else minute(last),
        slots=tuple(map(minute, slots)),
    )
    assert until("pacing", given) == (None if free is None else minute(free))


@pytest.mark.clause("P1", kind="allow")
def test_a_gap_of_nothing_keeps_nothing_apart() -> None:
    given = case(stage="submit", gap=timedelta(), last_sent_at=NOON, slots=(NOON, NOON))
    assert until("pacing", given) is None


def test_a_rule_without_its_parameters_holds() -> None:
    found = evaluate([named("undo")], {}, case(params={})).findings
    assert [(f.effect, f.sentence) for f in found] == [(Effect.HOLD, "failed")]


def test_the_earliest_instant_names_everything_that_pushed_it() -> None:
    """Asked on a holiday; the slot at the opening is taken; an embargo ends at 09:15."""
    given = case(
        stage="submit",
        at=tokyo("2026-11-22 12:00"),
        requested_at=tokyo("2026-11-23 10:00"),
        slots=(OPENING, OPENING + timedelta(minutes=20)),
        embargo_until=OPENING + timedelta(minutes=15),
    )
    at, steps = when(RULES, {}, given)
    assert at == OPENING + timedelta(minutes=30)
    assert [step.rule for step in steps] == ["embargo", "pacing"]
    assert steps[-1] == Step("pacing", OPENING + timedelta(minutes=15), at)


_RULES = [named(name) for name in ("embargo", "not_before", "calendar", "undo", "pacing")]
_AROUND = st.integers(-600, 4000).map(lambda n: tokyo("2026-11-20 15:00") + timedelta(minutes=n))


@settings(max_examples=40, deadline=None, database=None)
@over(
    asked=_AROUND,
    slots=st.lists(_AROUND, max_size=6),
    last=st.none() | _AROUND,
    embargo=st.none() | _AROUND,
)
def test_the_earliest_instant_is_the_first_minute_at_which_every_time_rule_passes(
    asked: datetime, slots: list[datetime], last: datetime | None, embargo: datetime | None
) -> None:
    start = tokyo("2026-11-20 15:00")
    given = case(
        stage="submit",
        at=start,
        requested_at=asked,
        slots=tuple(sorted(slots)),
        last_sent_at=last,
        embargo_until=embargo,
    )
    found, _ = when(_RULES, {}, given)
    assert found is not None

    def passes(at: datetime) -> bool:
        return evaluate(_RULES, {}, replace(given, at=at)).effect == Effect.PASS

    assert passes(found)
    # every tenth minute from far, and each of the last ten
    before = [found - timedelta(minutes=n) for n in (*range(1, 11), *range(11, 5000, 97))]
    assert not any(passes(at) for at in before if at >= start)


@pytest.mark.parametrize("name", ["calendar", "embargo", "not_before", "undo", "pacing"])
def test_a_time_rule_that_holds_passes_at_the_instant_it_names(name: str) -> None:
    changes: dict[str, Callable[[], Case]] = {
        "calendar": lambda: case(at=tokyo("2026-11-21 12:00")),
        "embargo": lambda: case(embargo_until=NOON + timedelta(hours=1)),
        "not_before": lambda: case(requested_at=NOON + timedelta(hours=1)),
        "undo": lambda: case(last_human_at=NOON),
        "pacing": lambda: case(last_sent_at=NOON),
    }
    given = changes[name]()
    named = until(name, given)
    assert named is not None
    assert until(name, replace(given, at=named, approvals=(yes(at=named),))) is None
    assert until(name, replace(given, at=named - MOMENT)) == named


def test_many_held_to_one_opening_are_spaced() -> None:
    taken: list[datetime] = []
    for _ in range(5):
        at, _ = when(
            RULES,
            {},
            case(
                stage="submit",
                at=tokyo("2026-11-23 12:00"),
                requested_at=tokyo("2026-11-23 12:00"),
                slots=tuple(sorted(taken)),
            ),
        )
        assert at is not None
        taken.append(at)
    assert taken == [OPENING + timedelta(minutes=10 * n) for n in range(5)]
    assert all(OFFICE.is_open(at) for at in taken)
