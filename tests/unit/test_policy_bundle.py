"""The policy folder: the shipped one means what the clause table says; a wrong one says so."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from policy_cases import ACCOUNT, tokyo

from publisher.clock import ZONE_DATA_VERSION
from publisher.errors import BadConfig
from publisher.policy import rules
from publisher.policy.bundle import Policy, calendar_data, load, read_folder
from publisher.policy.models import ApprovalFile, ExceptionsFile
from publisher.policy.rules import RULES, named
from publisher.policy.stricter import marks, tightens
from publisher.policy.trace import fingerprint, trace
from publisher.words import say_part

FOLDER = Path(__file__).parents[2] / "policy"


@cache
def shipped() -> Mapping[str, str]:
    return {name: raw.decode() for name, raw in read_folder(FOLDER).items()}


@cache
def policy() -> Policy:
    return load(shipped())


def changed(name: str, before: str, after: str) -> dict[str, str]:
    assert before in shipped()[name]
    return {**shipped(), name: shipped()[name].replace(before, after)}


def problems(files: Mapping[str, str | bytes]) -> list[str]:
    with pytest.raises(BadConfig) as refused:
        load(files)
    return refused.value.problems


@pytest.mark.clause("U4a", kind="allow")
def test_the_shipped_office_is_open_on_weekdays_from_nine_to_half_past_five_in_tokyo() -> None:
    office = policy().calendars["office"]
    assert office.zone == "Asia/Tokyo"
    week = office.windows(tokyo("2026-11-16 00:00"), tokyo("2026-11-23 00:00"))
    assert [w.open for w in week] == [tokyo(f"2026-11-{d} 09:00") for d in range(16, 21)]
    assert [w.close for w in week] == [tokyo(f"2026-11-{d} 17:30") for d in range(16, 21)]


@pytest.mark.clause("U4a", kind="deny")
@pytest.mark.parametrize(
    ("day", "kind"),
    [
        ("2026-05-06", "holiday"),
        ("2026-09-22", "holiday"),
        ("2027-03-22", "holiday"),
        ("2026-11-23", "holiday"),
        ("2026-12-29", "closure"),
        ("2026-12-30", "closure"),
        ("2026-12-31", "closure"),
        ("2027-01-01", "closure"),
        ("2027-01-02", "closure"),
        ("2027-01-03", "closure"),
        ("2026-12-28", "open"),
        ("2027-01-04", "open"),
        ("2026-05-07", "open"),
        ("2026-09-24", "open"),
        ("2027-03-23", "open"),
    ],
)
def test_the_shipped_office_keeps_the_holidays_of_japan_and_closes_at_years_end(
    day: str, kind: str
) -> None:
    assert policy().calendars["office"].closed_because(tokyo(f"{day} 12:00")).kind == kind


def test_the_shipped_board_is_open_at_any_hour() -> None:
    assert policy().calendars["always"].is_open(tokyo("2027-01-01 03:00"))


def test_the_shipped_defaults_are_those_of_the_clause_table() -> None:
    found = policy()
    assert found.lateness == timedelta(minutes=15)
    assert found.approval.remind_minutes_before == (timedelta(minutes=60), timedelta(minutes=30))
    assert found.approval.count == 1
    gaps = {n: found.gap(replace(ACCOUNT, network=n)).seconds // 60 for n in found.pacing}
    assert gaps == {"x": 10, "facebook": 30, "wordpress": 0, "discourse": 10, "mastodon": 10}
    leave = found.exceptions
    assert (leave.urgent_hours, leave.incident_hours) == (timedelta(hours=4), timedelta(hours=12))
    assert leave.planned_after_minutes == timedelta(minutes=30)
    assert "correction" in leave.categories
    assert set(found.modes.values()) <= {"enforce"}
    assert found.params == {rule.id: rule.params() for rule in RULES}
    assert found.params["undo"].seconds == timedelta(seconds=60)


@pytest.mark.clause("U1a", kind="allow")
@pytest.mark.parametrize(
    ("family", "lang", "kind", "ladder"),
    [
        (
            "x",
            "ja",
            "standard",
            ("※必ずしも当社の公式発表・見解ではありません", "※公式発表ではない場合があります"),
        ),
        (
            "x",
            "ja",
            "release",
            ("※正式な発表はリンク先のニュースリリースです", "※公式発表ではない場合があります"),
        ),
        (
            "x",
            "ja",
            "urgent",
            (
                "※発信時点の情報です。最新の公式情報は当社サイトへ",
                "※公式発表ではない場合があります",
            ),
        ),
        (
            "x",
            "en",
            "standard",
            (
                "Not necessarily an official announcement or view.",
                "May not be an official statement.",
            ),
        ),
        (
            "x",
            "en",
            "release",
            (
                "The linked news release is the official announcement.",
                "May not be an official statement.",
            ),
        ),
        (
            "x",
            "en",
            "urgent",
            (
                "As of posting time. Latest official information: our website.",
                "May not be an official statement.",
            ),
        ),
    ],
)
def test_x_has_a_wording_per_kind_and_language_and_one_fallback(
    family: str, lang: str, kind: str, ladder: tuple[str, ...]
) -> None:
    assert policy().ladder("standard", family, lang, kind) == ladder


@pytest.mark.parametrize("family", ["facebook", "wordpress", "discourse", "long"])
@pytest.mark.parametrize("kind", ["standard", "release", "urgent"])
def test_all_other_networks_have_the_long_wording_with_the_website_in_it(
    family: str, kind: str
) -> None:
    for lang in ("ja", "en"):
        (wording,) = policy().ladder("standard", family, lang, kind)
        assert wording.endswith("https://www.example.co.jp/")


def test_the_wordings_for_x_leave_room_and_carry_no_link() -> None:
    short = {w for key, ladder in policy().ladders.items() if key[1] == "x" for w in ladder}
    assert len(short) == 8
    for wording in short:
        assert sum(1 if ord(c) < 0x1100 else 2 for c in wording) <= 63
        assert "http" not in wording


def test_a_set_or_language_that_is_not_there_has_no_wording() -> None:
    assert policy().ladder("nowhere", "x", "en", "standard") == ()
    assert policy().ladder("standard", "x", "fr", "standard") == ()
    assert policy().sets() == ("standard",)


@pytest.mark.hazard("H9")
def test_the_installed_calendar_data_is_named() -> None:
    assert calendar_data().startswith("holidays 0.")
    assert calendar_data().endswith(f"zones {ZONE_DATA_VERSION}")


def test_the_version_follows_every_byte_of_the_folder() -> None:
    assert policy().version == load(dict(reversed(shipped().items()))).version
    raw = {name: text.encode() for name, text in shipped().items()}
    assert policy().version == load(raw).version
    assert load({**shipped(), "rules.toml": shipped()["rules.toml"] + "\n"}).version != (
        policy().version
    )
    assert load({**shipped(), "holidays.csv": b"2026/1/1,x"}).version != policy().version


@pytest.mark.parametrize(
    ("name", "before", "after", "said"),
    [
        (
            "calendars.toml",
            'zone = "Asia/Tokyo"\nholidays',
            'zone = "Asia/Tokio"\nholidays',
            ':16: calendars.office.zone: there is no time zone "Asia/Tokio". Did you mean "Asia/T',
        ),
        ("calendars.toml", 'holidays = "JP"', 'holidays = "JPP"', 'no holidays for "JPP"'),
        ("calendars.toml", 'holidays = "JP"', 'holidays = "US-CX"', 'no subdivision "CX"'),
        ("calendars.toml", 'holidays = "JP"', 'holidays = "h.csv"', 'no file "h.csv"'),
        ("calendars.toml", "observed = true", "observe = true", 'Did you mean "observed"?'),
        ("calendars.toml", "12-29..01-03", "12-32..01-03", ":19: calendars.office.closures"),
        (
            "calendars.toml",
            'friday = ["09:00-17:30"]',
            'friday = ["9-17"]',
            ':26: calendars.office.weekly.friday: "9-17" is no window',
        ),
        ("calendars.toml", "friday =", "fryday =", 'Did you mean "friday"?'),
        ("calendars.toml", "always = true\n", "", "calendars.always: is never open"),
        ("calendars.toml", "always = true", 'always = true\nholidays = "JP"', "mean nothing"),
        ("calendars.toml", "[calendars.always]", "[calendars.always", "not valid TOML"),
        ("disclaimers.toml", "x.ja]", "x.jp]", 'the languages are "ja" and "en"'),
        ("disclaimers.toml", 'standard = "※必', 'standart = "※必', 'Did you mean "standard"?'),
        ("disclaimers.toml", '"May not be an official statement."', '" "', "en.fallback"),
        (
            "disclaimers.toml",
            '"May not be an official statement."',
            '"""May not\n\nbe."""',
            "en.fallback: a notice is one paragraph",
        ),
        (
            "disclaimers.toml",
            '["example.co.jp"]',
            '["https://example.co.jp"]',
            'domains: "https://example.co.jp" is no domain',
        ),
        ("disclaimers.toml", '["example.co.jp"]', '["jp"]', '"jp" is no domain'),
        ("approval.toml", "count = 1", "count = 0", "approval.toml:3: count"),
        ("pacing.toml", "gap_minutes = 30", "gap_minutes = -1", ":10: networks.facebook"),
        ("exceptions.toml", "urgent_hours = 4", "urgent_hours = 5", "urgent_hours"),
        ("exceptions.toml", "categories = [", 'categories = [""]\nmore = [', "categories"),
        ("rules.toml", "[rules.undo]", "[rules.undoo]", 'no rule "undoo". Did you mean "undo"?'),
        (
            "rules.toml",
            'mode = "enforce"\nseconds',
            'mode = "on"\nseconds',
            "rules.toml:15: rules.undo.mode: should be 'off', 'audit', 'warn' or 'enforce'",
        ),
        ("rules.toml", "seconds = 60", "second = 60", 'Did you mean "seconds"?'),
        ("rules.toml", "seconds = 60", 'seconds = "60"', "should be a whole number of seconds"),
        ("rules.toml", "seconds = 60", "seconds = -1", "should be a whole number of seconds"),
        ("rules.toml", "mode = ", "mod = ", 'Did you mean "mode"?'),
        ("rules.toml", "max_age_hours = 24", 'mode = "off"', "cannot be weakened"),
        ("clauses.toml", 'id = "P1"', 'idd = "P1"', 'unknown key "idd"'),
    ],
)
def test_what_is_wrong_is_said_with_its_line_and_what_to_write(
    name: str, before: str, after: str, said: str
) -> None:
    found = problems(changed(name, before, after))
    assert any(problem.startswith(f"{name}:") and said in problem for problem in found), found


def test_everything_wrong_is_said_at_once() -> None:
    files = changed("calendars.toml", "17:30", "17h30")
    files["rules.toml"] = "[rules.undoo]\n[rules.stop]\nmode = 'off'\n"
    files["approval.toml"] = "count = 3\ncounts = 1\n"
    del files["pacing.toml"]
    found = problems(files)
    assert len([p for p in found if p.startswith("calendars.toml")]) >= 5
    assert len([p for p in found if p.startswith("rules.toml")]) == 2
    assert len([p for p in found if p.startswith("approval.toml")]) == 2
    assert "pacing.toml:1: the policy folder has no such file." in found


def test_a_file_that_is_no_text_is_said() -> None:
    assert problems({**shipped(), "rules.toml": b"\xff"}) == ["rules.toml:1: is not UTF-8 text."]


@pytest.mark.parametrize("rule", [rule.id for rule in RULES if rule.firm])
@pytest.mark.parametrize("mode", ["off", "audit", "warn"])
def test_rules_that_no_policy_may_weaken(rule: str, mode: str) -> None:
    text = f'[rules.{rule}]\nmode = "{mode}"\n'
    assert "cannot be weakened" in problems({**shipped(), "rules.toml": text})[0]


def test_an_embargo_needs_words_and_an_instant_with_offset() -> None:
    def embargo(until: str, words: str = '["Ginga"]') -> dict[str, str]:
        text = f"[[embargoes]]\nwords = {words}\nuntil = {until}\n"
        return {**shipped(), "rules.toml": text}

    (found,) = load(embargo("2027-04-01T09:00:00+09:00")).embargoes
    assert (found.words, found.until) == (("Ginga",), datetime(2027, 4, 1, 0, tzinfo=UTC))
    assert "no offset" in problems(embargo("2027-04-01T09:00:00"))[0]
    assert problems(embargo("2027-04-01T09:00:00Z", "[]"))
    assert problems(embargo('"soon"'))


def test_a_calendar_reads_the_csv_in_the_folder_and_ends_with_it() -> None:
    files = changed("calendars.toml", 'holidays = "JP"', 'holidays = "days.csv"')
    found = load({**files, "days.csv": "2027/2/8,創立記念日\n".encode("cp932")})
    office = found.calendars["office"]
    assert office.closed_because(tokyo("2027-02-08 12:00")).name == "創立記念日"
    assert office.next_open(tokyo("2028-01-04 12:00")) is None


def test_an_account_may_have_its_own_gap_and_lateness() -> None:
    text = shipped()["pacing.toml"] + "[accounts.acme-x]\ngap_minutes = 0\nlateness_minutes = 5\n"
    found = load({**shipped(), "pacing.toml": text})
    other = replace(ACCOUNT, id="other")
    assert (found.gap(ACCOUNT), found.gap(other)) == (timedelta(), timedelta(minutes=10))
    assert found.lateness_for(ACCOUNT) == timedelta(minutes=5)
    assert found.lateness_for(other) == timedelta(minutes=15)


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="no such policy folder"):
        read_folder(tmp_path / "nowhere")


TIGHTER = [
    ("calendars.toml", "17:30", "17:00"),
    ("calendars.toml", 'friday = ["09:00-17:30"]\n', ""),
    ("calendars.toml", '["12-29..01-03"]', '["12-29..01-03", "2026-12-28"]'),
    (
        "calendars.toml",
        "[calendars.always]",
        '[calendars.office.half_days]\n12-28 = ["09:00-12:00"]\n\n[calendars.always]',
    ),
    ("calendars.toml", "always = true", 'weekly.monday = ["09:00-10:00"]'),
    ("approval.toml", "count = 1", "count = 2"),
    ("approval.toml", "valid_days = 30", "valid_days = 7"),
    ("pacing.toml", "gap_minutes = 30", "gap_minutes = 60"),
    ("pacing.toml", "lateness_minutes = 15", "lateness_minutes = 5"),
    ("exceptions.toml", "urgent_hours = 4", "urgent_hours = 1"),
    ("exceptions.toml", ', "other"', ""),
    ("rules.toml", "seconds = 60", "seconds = 120"),
    ("rules.toml", "max_age_hours = 24", "max_age_hours = 12"),
    (
        "rules.toml",
        "[rules.whoami]",
        '[[embargoes]]\nwords = ["Ginga"]\nuntil = 2027-04-01T00:00:00Z\n\n[rules.whoami]',
    ),
]


@pytest.mark.parametrize(("name", "before", "after"), TIGHTER)
def test_what_only_tightens_takes_one_person_and_its_opposite_two(
    name: str, before: str, after: str
) -> None:
    tighter = load(changed(name, before, after))
    assert tightens(policy(), tighter)
    assert not tightens(tighter, policy())


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("calendars.toml", "09:00-17:30", "09:30-18:00"),
        ("calendars.toml", 'zone = "Asia/Tokyo"\nholidays', 'zone = "Asia/Seoul"\nholidays'),
        ("calendars.toml", "observed = true", "observed = false"),
        (
            "calendars.toml",
            "[calendars.always]",
            '[calendars.office.special]\n2026-12-30 = ["10:00-15:00"]\n\n[calendars.always]',
        ),
        ("rules.toml", 'mode = "enforce"\nseconds', 'mode = "warn"\nseconds'),
        ("disclaimers.toml", "May not be an", "May be no"),
        (
            "pacing.toml",
            "# [accounts.livestream]\n# gap_minutes = 0",
            "[accounts.livestream]\ngap_minutes = 0",
        ),
    ],
)
def test_what_loosens_anywhere_takes_two(name: str, before: str, after: str) -> None:
    assert not tightens(policy(), load(changed(name, before, after)))


def test_every_rule_says_of_each_parameter_which_way_is_stricter_and_has_a_default() -> None:
    """Else a policy that was in force before there was the parameter would be none any more."""
    for rule in RULES:
        assert None not in marks(rule.params).values(), rule.id
        assert rule.params() == rule.params(mode="enforce")


@pytest.mark.parametrize("model", [*(rule.params for rule in RULES), ApprovalFile, ExceptionsFile])
def test_a_length_of_time_is_a_number_of_the_unit_that_its_name_ends_in(model: type) -> None:
    for name, one in model.model_fields.items():
        if isinstance(one.default, timedelta):
            others = {"categories": ["a"]} if model is ExceptionsFile else {}
            read = model.model_validate({**others, name: 1})
            assert getattr(read, name) == timedelta(**{name.split("_")[-1]: 1}), name


@dataclass(frozen=True)
class Wider(Policy):
    """A policy that one day says more."""

    unheard_of: int = 0


def test_a_part_of_the_policy_that_nobody_compares_takes_two() -> None:
    def wider(value: int) -> Wider:
        known = {f.name: getattr(policy(), f.name) for f in fields(Policy) if f.compare}
        return Wider(**known, unheard_of=value)

    assert tightens(wider(1), wider(1))
    assert not tightens(wider(1), wider(2))
    assert not tightens(wider(2), wider(1))


def test_a_company_holiday_that_is_given_up_takes_two_though_nothing_opens() -> None:
    closed = load(changed("calendars.toml", '["12-29..01-03"]', '["12-29..01-03", "2026-12-05"]'))
    assert tightens(policy(), closed)
    assert not tightens(closed, policy())


@pytest.mark.clause("U1b", kind="deny")
def test_another_domain_for_releases_takes_two_and_one_less_does_not() -> None:
    def on(domains: str) -> Policy:
        return load(changed("disclaimers.toml", '["example.co.jp"]', domains))

    both = on('["example.co.jp", "Example.com"]')
    assert both.domains == {"standard": ("example.co.jp", "example.com")}
    assert tightens(both, policy())
    assert not tightens(policy(), both)
    assert on("[]").domains == {"standard": ("www.example.co.jp",)}


def test_what_only_a_release_says_is_a_promise() -> None:
    assert policy().promises("standard") == (
        "The linked news release is the official announcement.",
        "※正式な発表はリンク先のニュースリリースです",
    )
    assert policy().promises("nowhere") == ()


@pytest.mark.clause("2.3", kind="deny")
def test_an_embargo_may_only_grow() -> None:
    def under(words: str, until: str) -> Policy:
        text = f"[[embargoes]]\nwords = {words}\nuntil = {until}\n" + shipped()["rules.toml"]
        return load({**shipped(), "rules.toml": text})

    first = under('["Ginga"]', "2027-04-01T00:00:00Z")
    assert tightens(first, under('["Ginga", "Milky Way"]', "2027-04-02T00:00:00Z"))
    assert not tightens(first, under('["Milky Way"]', "2027-04-02T00:00:00Z"))
    assert not tightens(first, under('["Ginga"]', "2027-03-31T23:59:59Z"))


def test_the_same_policy_tightens_itself() -> None:
    assert tightens(policy(), load(shipped()))


def test_every_clause_has_a_rule_a_mechanism_or_a_reason() -> None:
    found = trace(policy())
    assert found.failures == ()
    kept = {row.clause: [rule for rule, _ in row.rules] for row in found.rows}
    assert "disclaimer" in kept["U1a"]
    assert "calendar" in kept["U4a"]
    assert "calendar" in kept["U4b"]
    assert {rule for rules in kept.values() for rule in rules} == {rule.id for rule in RULES}


def test_a_clause_whose_text_changed_makes_its_rule_suspect() -> None:
    first, *rest = policy().clauses
    text = first.text + " Always."
    other = first.model_copy(update={"text": text, "sha256": fingerprint(text)})
    found = trace(replace(policy(), clauses=(other, *rest)))
    assert set(found.rows[0].suspect) == {*of("P1")} >= {"history", "not_before", "pacing"}
    assert len(found.failures) == len(of("P1"))
    stale = first.model_copy(update={"text": text})
    assert any("sha256" in f for f in failures(replace(policy(), clauses=(stale, *rest))))


def test_a_clause_that_nothing_keeps_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    off = switched_off(*of("2.2"))
    names = ", ".join(of("2.2")[:-1])
    assert failures(off)[0].startswith(f"2.2: no rule keeps it ({names}")
    assert len(of("2.2")) >= 3
    assert len(trace(off).failures) == 1
    lost = replace(policy(), clauses=policy().clauses[1:])
    assert any("P1: the rule" in f for f in failures(lost))
    monkeypatch.setattr(rules, "RULES", tuple(r for r in RULES if r.id != "disclaimer"))
    assert failures(policy())[0].startswith("U1a: no rule keeps it")


def failures(of: Policy) -> list[str]:
    """What is wrong, in English."""
    return [say_part(one, "en") for one in trace(of).failures]


def of(clause: str) -> list[str]:
    """The rules that implement it."""
    return [rule.id for rule in RULES if clause in rule.clauses]


def switched_off(*names: str) -> Policy:
    table = {name: named(name).params(mode="off") for name in names}
    return replace(policy(), params={**policy().params, **table})
