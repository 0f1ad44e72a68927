"""Attached by one and looked for by another: whatever the text, readers see the notice once."""

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from policy_cases import ACCOUNT, case

from publisher.content import Account, Content, Rendered
from publisher.gate.rendering import ladder, render, source
from publisher.networks.registry import REGISTRY, about
from publisher.policy import Effect, evaluate
from publisher.policy.bundle import load, read_folder
from publisher.policy.detect.normal import letters
from publisher.policy.detect.shown import paragraphs
from publisher.policy.rules import named

POLICY = load(read_folder(Path(__file__).parents[2] / "policy"))
HIDING = [
    "```",
    "~~~",
    "<!--",
    "-->",
    "<pre>",
    "</pre>",
    "<details>",
    "</details>",
    "[details]",
    "[/details]",
    "[quote]",
    "[spoiler]",
    "<style>",
    "<script>",
    "<div>",
    "<div title='",
    "<table>",
    "<s>",
    "[a]: ",
    "[a]: http://e.org",
    "|a|b|",
    "|-|-|",
    "- ",
    "1. ",
    "    code",
    "> ",
    "<![CDATA[",
    "<?",
    "\\",
    "`",
    "$$",
    "<p>",
    "</p>",
    "&lt;",
    "[[",
    "#",
    "---",
    "https://e.org/(",
    "<textarea>",
    "[code]",
    "\u3000",
    "\t",
]
PIECES = st.one_of(
    st.sampled_from(HIDING), st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=9)
)
TEXTS = st.builds(
    lambda pieces, between: between.join(pieces),
    st.lists(PIECES, min_size=1, max_size=8),
    st.sampled_from(["\n", "\n\n", " ", ""]),
)


def account(name: str, lang: str = "en") -> Account:
    return Account("us", name, "office", "standard", lang, "42", "https://e.org")


def judged(content: Content, where: Account) -> tuple[str, tuple[str, ...]]:
    """What the notice's rule says ("" for nothing), and what readers would see."""
    rendered = render(content, where, POLICY)
    sent, markup = source(rendered), about(where.network).markup
    given = case(
        account=where,
        content=content,
        rendered=rendered,
        source=sent,
        markup=markup,
        wordings=ladder(content, where, POLICY),
    )
    found = evaluate([named("disclaimer")], {}, given).findings
    assert all(finding.effect == Effect.BLOCK for finding in found)
    return (found[0].sentence if found else ""), paragraphs(sent, markup)


@pytest.mark.clause("U1a", kind="allow")
@pytest.mark.parametrize("name", sorted(REGISTRY))
@settings(deadline=None)
@given(TEXTS, st.sampled_from(["ja", "en"]))
def test_behind_any_plain_text_readers_see_the_notice_once(name, text, lang):
    where = account(name, lang)
    said, seen = judged(Content(text, lang=lang), where)
    wordings = {
        letters(w) for w in POLICY.ladder("standard", about(name).notices, lang, "standard")
    }
    assert said in ("", "no room")
    assert sum(letters(one) in wordings for one in seen) == (said == "")


@pytest.mark.clause("U1a", kind="deny")
@settings(deadline=None)
@given(TEXTS, st.sampled_from(["ja", "en"]))
@example("<!--", "en")
@example("```\nopen", "ja")
def test_behind_any_markdown_readers_see_the_notice_once_or_it_is_blocked(text, lang):
    said, seen = judged(Content(text, lang=lang, markup="markdown"), account("discourse", lang))
    (wording,) = POLICY.ladder("standard", "long", lang, "standard")
    count = sum(letters(one) == letters(wording) for one in seen)
    assert (said, count) in (("", 1), ("unseen", 0)) or (said == "doubled" and count > 1)


@pytest.mark.clause("U1a", kind="allow")
@pytest.mark.parametrize("name", sorted(REGISTRY))
@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize(
    "change",
    [
        str,
        str.upper,
        lambda notice: notice.lstrip("※"),
        lambda notice: notice.rstrip(".") + "。",
        lambda notice: notice.replace(" ", "\u3000"),
        lambda notice: notice.translate({n: n + 0xFEE0 for n in range(ord("A"), ord("z"))}),
    ],
    ids=["as it is", "capitals", "no sign", "full stop", "wide blanks", "wide letters"],
)
def test_a_notice_typed_by_hand_is_replaced_and_not_doubled(change, lang, name):
    where = account(name, lang)
    for wording in ladder(Content("", lang=lang), where, POLICY):
        for text in (f"Fair\n\n{change(wording)}", f"{change(wording)}\nFair"):
            content = Content(text, lang=lang)
            said, seen = judged(content, where)
            preferred = ladder(content, where, POLICY)[0]
            assert (said, seen) == ("", ("Fair", preferred))


@pytest.mark.clause("U1a", kind="allow")
@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_a_notice_in_another_language_or_a_sentence_does_not_count(name):
    other = ladder(Content("", lang="ja"), account(name, "ja"), POLICY)[0]
    own = ladder(Content("", lang="en"), account(name), POLICY)[0]
    for text in (f"Fair\n\n{other}", f"We write {own} always"):
        said, seen = judged(Content(text[:150]), account(name))
        assert (said, seen[-1]) == ("", own)


def test_a_wording_of_another_kind_is_foreign_to_a_post():
    urgent = POLICY.ladder("standard", "x", "en", "urgent")[0]
    rendered = Rendered("x", (), disclaimer=urgent)
    given = case(rendered=rendered, wordings=ladder(Content("a"), ACCOUNT, POLICY))
    assert evaluate([named("disclaimer")], {}, given).findings[0].sentence == "foreign"
