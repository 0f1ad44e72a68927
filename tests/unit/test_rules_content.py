"""Account, who-am-I, disclaimer, length, embargo: what may go out at all."""

from dataclasses import replace
from datetime import timedelta

import pytest
from policy_cases import ACCOUNT, NOON, NOTICE, RELEASE, SHORT, case, leave, rendered

from publisher.addresses import names
from publisher.content import Content, Media, Part
from publisher.policy import Case, Effect, Embargo, WhoAmI, evaluate
from publisher.policy.detect.embargo import until as embargoed
from publisher.policy.rules import RULES, named

CLEAR: tuple[Effect, str] = (Effect.PASS, "")


def judged(rule: str, given: Case) -> tuple[Effect, str]:
    found = evaluate([named(rule)], {}, given).findings
    return (found[0].effect, found[0].sentence) if found else CLEAR


def test_the_usual_case_passes_every_rule() -> None:
    assert evaluate(RULES, {}, case()).findings == ()


@pytest.mark.clause("D2", kind="deny")
@pytest.mark.parametrize("act", ["publish", "edit", "reply", "retract"])
def test_only_active_accounts_of_the_register_are_used(act: str) -> None:
    assert judged("account", case(account=None, act=act)) == (Effect.BLOCK, "unknown")
    retired = replace(ACCOUNT, active=False)
    refused = CLEAR if act == "retract" else (Effect.BLOCK, "retired")  # it can be taken down yet
    assert judged("account", case(account=retired, act=act)) == refused


@pytest.mark.clause("D2", kind="allow")
def test_a_registered_active_account_that_the_network_confirmed_passes() -> None:
    assert judged("account", case()) == CLEAR
    assert judged("whoami", case()) == CLEAR


@pytest.mark.clause("D2", kind="deny")
@pytest.mark.hazard("H23")
@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        (None, (Effect.HOLD, "unasked")),
        (WhoAmI("43", NOON, same_credential=True), (Effect.BLOCK, "other")),
        (WhoAmI("", NOON, same_credential=True), (Effect.BLOCK, "other")),
        (WhoAmI("42", NOON, same_credential=False), (Effect.HOLD, "swapped")),
        (WhoAmI("42", NOON - timedelta(hours=24), same_credential=True), CLEAR),
        (
            WhoAmI("42", NOON - timedelta(hours=24, seconds=1), same_credential=True),
            (Effect.HOLD, "stale"),
        ),
    ],
)
def test_the_network_itself_says_who_we_are(
    fact: WhoAmI | None, expected: tuple[Effect, str]
) -> None:
    assert judged("whoami", case(whoami=fact)) == expected
    assert judged("whoami", case(whoami=fact, act="retract")) == expected


@pytest.mark.clause("D2", kind="deny")
def test_an_account_without_the_networks_user_id_is_nobodys() -> None:
    unnamed = replace(ACCOUNT, remote_user_id="")
    fact = WhoAmI("", NOON, same_credential=True)
    assert judged("whoami", case(account=unnamed, whoami=fact)) == (Effect.BLOCK, "other")


def test_who_am_i_is_asked_at_sending_only() -> None:
    assert judged("whoami", case(whoami=None, stage="submit")) == CLEAR


@pytest.mark.clause("U1a", kind="allow")
@pytest.mark.parametrize(
    "text",
    [
        f"Hello\n\n{NOTICE}",
        "Hello\n\nＮＯＴ necessarily an official  announcement or view.",
        "Hello\n\nNot necessarily an offi\u200bcial announcement or view.",
    ],
)
def test_one_whole_notice_passes_however_it_was_typed(text: str) -> None:
    assert judged("disclaimer", case(rendered=rendered(text))) == CLEAR


@pytest.mark.clause("U1a", kind="deny")
@pytest.mark.parametrize(
    ("text", "attached", "expected"),
    [
        ("Hello", "", "no room"),
        (f"Hello\n\n{NOTICE}", "", "no room"),
        ("Hello", NOTICE, "unseen"),
        (f"Hello\n\n{NOTICE[:-1]}", NOTICE, "unseen"),
        (f"Hello\n\n{NOTICE}", SHORT, "unseen"),
        (f"{NOTICE} Hello {NOTICE}", NOTICE, "unseen"),
        (f"Hello\n{NOTICE}", NOTICE, "unseen"),
        (f"{NOTICE}\n\nHello\n\n{NOTICE}", NOTICE, "doubled"),
        (f"※{NOTICE}!\n\nHello\n\n{NOTICE}", NOTICE, "doubled"),
        (f"{SHORT}\n\nHello\n\n{NOTICE}", NOTICE, "doubled"),
        ("Hello\n\nAll official.", "All official.", "foreign"),
    ],
)
def test_a_notice_left_out_hidden_doubled_or_invented_blocks(
    text: str, attached: str, expected: str
) -> None:
    given = case(rendered=rendered(text, disclaimer=attached), leave=leave())
    assert judged("disclaimer", given) == (Effect.BLOCK, expected)


@pytest.mark.clause("U1a", kind="allow")
@pytest.mark.parametrize("text", [f"We always write: {NOTICE}", f"We write:\n{NOTICE}\nalways"])
def test_a_notice_that_is_only_quoted_does_not_count_beside_the_real_one(text: str) -> None:
    assert judged("disclaimer", case(rendered=rendered(f"{text}\n\n{NOTICE}"))) == CLEAR


@pytest.mark.clause("U1a", kind="deny")
def test_what_counts_is_what_the_network_shows_and_not_what_was_written() -> None:
    text = f"Hello\n\n{NOTICE}"
    hidden = case(rendered=rendered(text), source=f"```\n{text}", markup="markdown")
    assert judged("disclaimer", hidden) == (Effect.BLOCK, "unseen")
    shown = case(rendered=rendered(text), source=f"<p>Hello</p><p>{NOTICE}</p>", markup="html")
    assert judged("disclaimer", shown) == CLEAR


ELSEWHERE = [
    "https://example.co.jp.evil.example/news",
    "https://examp1e.co.jp/news",
    "https://exаmple.co.jp/news",
    "https://xn--exmple-4nf.co.jp/",
    "https://example.co.jp@evil.example/",
    "https://evil.example/example.co.jp",
    "https://badexample.co.jp/",
    "https://user:pw@example.co.jp/",
    "https://example.co.jp\\@evil.example/",
    "https://example.co.jp:8443/news",
    "ftp://example.co.jp/",
    "https://co.jp/",
]


@pytest.mark.clause("U1b", kind="deny")
@pytest.mark.parametrize("kind", ["release", "standard"])
def test_what_speaks_of_a_linked_release_has_to_link_one_of_the_companys(kind: str) -> None:
    said = rendered(f"Hello\n\n{NOTICE}" if kind == "release" else f"{RELEASE[:-1]}!\n\n{NOTICE}")
    bare = case(content=Content("Hello", kind=kind), rendered=said)  # type: ignore[arg-type]
    assert judged("release", bare) == (Effect.BLOCK, "default")
    for link in ELSEWHERE:
        given = replace(bare, content=replace(bare.content, link=link))
        assert judged("release", given) == (Effect.BLOCK, "elsewhere"), link
        within = replace(bare, content=replace(bare.content, text=f"See {link} please"))
        assert judged("release", within)[0] == Effect.BLOCK, link


@pytest.mark.clause("U1b", kind="allow")
@pytest.mark.parametrize(
    "link",
    [
        "https://www.Example.co.jp/news/2026-12",
        "http://example.co.jp./a",
        "https://ｅｘａｍｐｌｅ.co.jp/a",
    ],
)
def test_a_link_to_one_of_the_companys_domains_bears_the_wording_out(link: str) -> None:
    release = Content("Hello", kind="release")
    assert judged("release", case(content=replace(release, link=link))) == CLEAR
    text = (
        f"詳しくはhttps://www.example.co.jp/news/2026-12をご覧ください。See https://e.org, {link}."
    )
    assert judged("release", case(content=replace(release, text=text))) == CLEAR


OURS = "https://www.example.co.jp/news"


@pytest.mark.clause("U1b", kind="deny")
@pytest.mark.parametrize(
    "text",
    [
        f'[news](https://evil.example "{OURS}")',
        f"[{OURS}](https://evil.example)",
        f"<!-- {OURS} --> Hello",
        f"`{OURS}` hello",
        f"```\n{OURS}\n```",
        f"[details=x]\n{OURS}\n[/details]",
        f"[spoiler]{OURS}[/spoiler] hello",
        f"~~{OURS}~~ gone",
        f"[ ]({OURS}) hello",
        f"![a]({OURS}/a.png)",
        f"[a]: {OURS}\n\nhello",
        "https://www.example.co.jp&@evil.example/ hello",
        f"$$\n{OURS}",
    ],
)
def test_in_markdown_only_a_link_that_readers_see_bears_the_wording_out(text: str) -> None:
    release = Content(text, kind="release", markup="markdown")
    assert judged("release", case(content=release))[0] == Effect.BLOCK
    added = case(content=replace(release, link=OURS))  # unless the text names it already
    assert (judged("release", added) == CLEAR) == (not names(text, OURS))


@pytest.mark.clause("U1b", kind="deny")
def test_a_link_that_markdown_hides_is_named_as_hidden() -> None:
    hidden = Content(f"<!-- {OURS} -->\n\nHello", kind="release", markup="markdown", link=OURS)
    assert judged("release", case(content=hidden)) == (Effect.BLOCK, "unseen")


@pytest.mark.clause("U1b", kind="allow")
@pytest.mark.parametrize(
    "text",
    [
        OURS,
        f"see [the **news**]({OURS})",
        f"- <{OURS}>",
        f"See {OURS}.",
        f"# [news]({OURS})",
        f"[the news][1]\n\n[1]: {OURS}",
    ],
)
def test_in_markdown_a_visible_link_bears_the_wording_out(text: str) -> None:
    given = case(content=Content(text, kind="release", markup="markdown"))
    assert judged("release", given) == CLEAR


@pytest.mark.clause("U1b", kind="allow")
def test_an_internationalised_domain_is_the_same_in_both_spellings() -> None:
    for domain in ("例え.jp", "xn--r8jz45g.jp"):
        for link in ("https://例え.jp/a", "https://news.xn--r8jz45g.jp/a"):
            given = case(content=Content("Hi", kind="release", link=link), domains=(domain,))
            assert judged("release", given) == CLEAR


@pytest.mark.clause("U1b", kind="deny")
def test_the_notices_own_address_is_no_link_to_a_release() -> None:
    notice = "For official announcements: https://www.example.co.jp/"
    said = rendered(f"Hello\n\n{notice}", disclaimer=notice)
    given = case(content=Content("Hello", kind="release"), rendered=said, wordings=(notice,))
    assert judged("release", given) == (Effect.BLOCK, "default")


@pytest.mark.clause("2.2", kind="deny")
@pytest.mark.parametrize("text", ["", "   \n", "\u200b\u202e\u2066\ufeff", "\u00ad"])
def test_a_text_that_nobody_can_see_is_empty(text: str) -> None:
    assert judged("length", case(content=Content(text))) == (Effect.BLOCK, "empty")


@pytest.mark.clause("2.2", kind="deny")
@pytest.mark.parametrize("text", [NOTICE, f"※ {NOTICE.upper()}", f"{SHORT}\n"])
def test_a_text_that_is_nothing_but_the_notice_is_empty(text: str) -> None:
    assert judged("length", case(content=Content(text))) == (Effect.BLOCK, "empty")
    assert judged("length", case(content=Content(f"New: {text}"))) == CLEAR


@pytest.mark.clause("2.2", kind="allow")
def test_an_image_alone_is_something_to_say() -> None:
    image = Media("0" * 64, "image/png", 1, 1, "A ship")
    assert judged("length", case(content=Content("", media=(image,)))) == CLEAR


@pytest.mark.clause("2.2", kind="deny")
@pytest.mark.parametrize(
    ("length", "expected"), [(279, CLEAR), (280, CLEAR), (281, (Effect.BLOCK, "long"))]
)
def test_one_over_the_limit_is_too_long(length: int, expected: tuple[Effect, str]) -> None:
    assert judged("length", case(rendered=rendered(length=length))) == expected


@pytest.mark.clause("2.3", kind="deny")
def test_an_embargo_holds_to_its_last_moment_and_no_exception_lifts_it() -> None:
    until = NOON + timedelta(seconds=1)
    verdict = evaluate(RULES, {}, case(embargo_until=until, leave=leave()))
    assert (verdict.effect, verdict.until) == (Effect.HOLD, until)


@pytest.mark.clause("2.3", kind="allow")
def test_an_embargo_that_ends_now_has_ended() -> None:
    assert judged("embargo", case(embargo_until=NOON)) == CLEAR


@pytest.mark.clause("2.3", kind="deny")
@pytest.mark.parametrize(
    "text",
    [
        "Project Ginga is here",
        "ＰＲＯＪＥＣＴ　ＧＩＮＧＡ",
        "pro\u200bject gin\u00adga",
        "ﾌﾟﾛｼﾞｪｸﾄ銀河",
    ],
)
def test_words_under_embargo_are_found_in_disguise(text: str) -> None:
    embargo = Embargo(("Project Ginga", "プロジェクト銀河"), NOON)
    assert embargoed(rendered(text), [embargo], NOON - timedelta(days=1)) == NOON
    assert embargoed(rendered("Hello", title=text), [embargo], NOON - timedelta(days=1)) == NOON


def test_no_word_under_embargo_means_no_instant() -> None:
    embargoes = [Embargo(("Ginga",), NOON), Embargo(("\u200b",), NOON)]
    assert embargoed(rendered("Hello"), embargoes, NOON - timedelta(days=1)) is None
    assert embargoed(rendered("Ginga"), embargoes, NOON) is None
    later = [*embargoes, Embargo(("Gin",), NOON + timedelta(days=1))]
    assert embargoed(rendered("Ginga"), later, NOON - timedelta(days=1)) == later[-1].until


SITE = replace(ACCOUNT, limits={"title_min": 15, "title_max": 40, "text_min": 20, "text_max": 90})


@pytest.mark.parametrize(
    ("title", "text", "expected"),
    [
        ("Fifteen letters", "x" * 20, CLEAR),
        ("x" * 40, "x" * 90, CLEAR),
        ("Scrolls", "x" * 50, (Effect.BLOCK, "short_title")),
        ("x" * 41, "x" * 50, (Effect.BLOCK, "long_title")),
        ("Fifteen letters", "x" * 19, (Effect.BLOCK, "short_text")),
        ("Fifteen letters", "x" * 91, (Effect.BLOCK, "long_text")),
    ],
)
@pytest.mark.clause("2.2", kind="deny")
def test_what_a_site_would_refuse_is_said_when_it_is_written(title, text, expected) -> None:
    made = case(account=SITE, rendered=rendered(text, title=title))
    assert judged("length", made) == expected


@pytest.mark.parametrize(
    ("threads", "asked", "sentence"),
    [(False, False, "long"), (True, False, "splits"), (True, True, "thread")],
)
def test_what_is_too_long_is_told_what_would_help(
    threads: bool, asked: bool, sentence: str
) -> None:
    made = case(
        rendered=rendered(length=281), threads=threads, content=Content("Hello", thread=asked)
    )
    assert judged("length", made) == (Effect.BLOCK, sentence)


@pytest.mark.clause("U1a", kind="deny")
@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (f"Hello (1/2)\n\n{NOTICE}", "and more (2/2)", CLEAR),
        ("Hello (1/2)", f"and more (2/2)\n\n{NOTICE}", (Effect.BLOCK, "unseen")),
        (f"Hello (1/2)\n\n{NOTICE}", f"more (2/2)\n\n{NOTICE}", (Effect.BLOCK, "doubled")),
    ],
    ids=["first", "last", "both"],
)
def test_the_notice_of_a_thread_stands_in_its_first_post(
    first: str, second: str, expected: tuple[Effect, str]
) -> None:
    made = replace(rendered(), parts=(Part(first), Part(second)))
    assert judged("disclaimer", case(rendered=made)) == expected
