"""A version of the Graph API ends on a known day, and somebody is told before it."""

from datetime import date, timedelta

from publisher.networks.facebook import version
from publisher.words import part

SOON = {"api_version": "v30.0", "api_version_until": "2030-05-01"}


def test_the_account_says_which_version_or_the_program_does():
    assert version.of({}) == version.VERSION
    assert version.of(SOON) == "v30.0"


def test_nobody_is_told_until_sixty_days_before_the_end():
    last = date(2030, 5, 1)
    assert version.ending(SOON, last - timedelta(days=61)) is None
    known = {"version": "v30.0", "day": "2030-05-01"}
    assert version.ending(SOON, last - timedelta(days=60)) == part("about.version_ends", **known)
    assert version.ending(SOON, last) == part("about.version_ended", **known)
    assert version.ending({}, version.UNTIL - timedelta(days=90)) is None
    assert version.ending({}, version.UNTIL)["version"] == version.VERSION


def test_a_version_of_ones_own_needs_its_last_day():
    found = version.ending({"api_version": "v30.0"}, date(2026, 1, 1))
    assert found == part("about.no_end_known", version="v30.0")
