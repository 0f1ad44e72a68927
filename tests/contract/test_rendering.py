"""What would be sent: counted as the network counts, with the notice in it, once."""

import pytest
from cast import NOTICE
from dialects import Dialect

from publisher.content import Content, Rendered
from publisher.networks import network
from publisher.networks.count import UNITS

FILLERS = {
    "latin": "a",
    "cjk": "あ",
    "family": "👨‍👩‍👧‍👦",
    "url": "https://example.com/a-rather-long-path-that-is-counted-as-23-on-x?or=not ",
}


def render(dialect: Dialect, account, text: str, **more) -> Rendered:
    notice = more.pop("notice", NOTICE)
    return network(dialect.network).render(Content(text=text, **more), account, notice)


def filled(dialect: Dialect, account, filler: str, missing: int) -> Rendered:
    """Text mostly of `filler` whose length is the limit minus `missing`."""
    unit = UNITS[network(dialect.network).traits.unit]
    empty = render(dialect, account, "x" + filler + "x")
    room = empty.limit - missing - empty.length
    times = max(room // unit(filler) - 1, 0)
    text = "x" + filler * (times + 1)
    rest = empty.limit - missing - render(dialect, account, text + "x").length
    return render(dialect, account, text + "x" * (rest + 1))


@pytest.mark.clause("U1a", kind="allow")
@pytest.mark.parametrize("filler", FILLERS.values(), ids=FILLERS)
@pytest.mark.parametrize("missing", [-1, 0, 1])
def test_a_post_is_measured_to_the_very_unit(missing, filler, dialect, account):
    rendered = filled(dialect, account, filler, missing)
    assert rendered.length == rendered.limit - missing
    assert rendered.limit == network(dialect.network).traits.limit
    assert NOTICE in rendered.text


@pytest.mark.clause("U1a", kind="allow")
@pytest.mark.parametrize("text", [f"Fair\n\n{NOTICE}", f"Fair\n{NOTICE}\n", f"{NOTICE}\n\nFair"])
def test_a_notice_typed_by_hand_is_not_doubled(text, dialect, account):
    assert render(dialect, account, text).text.count(NOTICE) == 1


@pytest.mark.clause("U1a", kind="deny")
def test_a_notice_within_a_sentence_does_not_count_as_one(dialect, account):
    rendered = render(dialect, account, f"We always write: {NOTICE}")
    assert rendered.text.endswith(f"\n\n{NOTICE}")


def test_nothing_runs_into_the_notice(dialect, account):
    for text in ("See https://example.com/a", "See https://example.com/a   \n"):
        rendered = render(dialect, account, text)
        assert "\n\n" + NOTICE in rendered.text
        assert f"https://example.com/a{NOTICE[0]}" not in rendered.text


def test_rendering_without_a_notice_says_so(dialect, account):
    rendered = render(dialect, account, "Fair", notice="")
    assert rendered.disclaimer == ""
    assert "Fair" in rendered.text


@pytest.mark.hazard("H25")
def test_a_hundred_kilobytes_are_over_the_limit_and_cost_nothing(dialect, account):
    rendered = render(dialect, account, "https://example.com/ あ" * 50_000)
    assert rendered.length > rendered.limit
