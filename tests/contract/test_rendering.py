"""What would be sent: counted as the network counts, with the notice in it, once."""

import pytest
from cast import IMAGES, NOTICE
from dialects import Dialect

from publisher.content import Content, Media, Rendered
from publisher.networks.registry import about, network
from publisher.policy.detect.shown import paragraphs

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
    empty = render(dialect, account, "x" + filler + "x")
    room = empty.limit - missing - empty.length
    each = render(dialect, account, "x" + filler * 2 + "x").length - empty.length
    times = max(room // each - 1, 0)
    text = "x" + filler * (times + 1)
    rest = empty.limit - missing - render(dialect, account, text + "x").length
    return render(dialect, account, text + "x" * (rest + 1))


@pytest.mark.clause("U1a", kind="allow")
@pytest.mark.parametrize("filler", FILLERS.values(), ids=FILLERS)
@pytest.mark.parametrize("missing", [-1, 0, 1])
def test_a_post_is_measured_to_the_very_unit(missing, filler, dialect, account):
    rendered = filled(dialect, account, filler, missing)
    assert rendered.length == rendered.limit - missing
    assert rendered.limit == about(dialect.network).limit
    assert NOTICE in rendered.text


@pytest.mark.clause("U1a", kind="allow")
@pytest.mark.parametrize(
    "text", ["Fair", "a\n-----", "<!-- ", "```\nx", "[details]", "<details>\n\nx", "[a]: "]
)
@pytest.mark.parametrize("images", [0, 2])
def test_readers_see_the_notice_behind_any_plain_text(text, images, dialect, account):
    media = tuple(
        Media(sha256=sha, mime="image/png", width=10, height=10, alt=f"> {text}")
        for sha in list(IMAGES)[:images]
    )
    adapter = network(dialect.network)
    source = adapter.source(render(dialect, account, text, media=media))
    assert paragraphs(source, about(dialect.network).markup)[-1] == NOTICE


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
