"""One message out of text, link and notice; and when two messages are alike."""

import pytest

from publisher.networks.text.wording import alike, compose, plain, unified, without

NOTICE = "※必ずしも当社の公式発表・見解ではありません"


def test_the_parts_are_joined_by_blank_lines():
    assert compose("Fair ", link="https://e.org/a", notice=NOTICE) == (
        f"Fair\n\nhttps://e.org/a\n\n{NOTICE}"
    )


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("see https://e.org/a", 1),
        ("see https://e.org/a.", 1),
        ("see https://e.org/a、", 1),
        ("see https://e.org/ab", 2),
        ("see https://e.org/a/b", 2),
        ("see https://e.org/a?b", 2),
        ("Slides: https://e.org/a.pdf", 2),
        ("see https://e.org/a/", 1),
        ("see HTTPS://E.org/a", 1),
        ("詳しくはhttps://e.org/aをご覧ください", 1),
        ("（https://e.org/a）", 1),
        ("(see https://e.org/a)", 1),
        ("see http://e.org/a", 2),
    ],
)
def test_a_link_in_the_text_is_not_added_but_a_longer_one_is_another(text, times):
    composed = compose(text, link="https://e.org/a")
    assert composed.endswith("\n\nhttps://e.org/a") is (times == 2)


@pytest.mark.parametrize(
    ("text", "times"),
    [("見る: https://e.org/ニュース", 1), ("見る", 1), ("https://e.org/ニュース一覧", 2)],
)
def test_japanese_in_a_link_is_encoded_where_it_is_added(text, times):
    composed = compose(text, link="https://e.org/ニュース")
    assert composed.count("https://e.org/") == times
    added = "https://e.org/%E3%83%8B%E3%83%A5%E3%83%BC%E3%82%B9"
    assert (added in composed) is ("https://e.org/ニュース" not in composed or times == 2)


@pytest.mark.parametrize(
    ("one", "other", "are"),
    [
        ("see example.org", "see http://example.org/", True),
        ("see example.org/a", "see example.org/b", False),
        ("see example.org/a", "see example.org/A", False),
        ("https://例え.jp/news", "https://xn--r8jz45g.jp/news", True),
        (
            "Look at 例え.jp/news for details",
            "Look at http://xn--r8jz45g.jp/news for details",
            True,
        ),
        ("Our report: HTTPS://Example.com/Report", "Our report: https://example.com/Report", True),
        ("https://e.org/ニュース", "https://e.org/%E3%83%8B%E3%83%A5%E3%83%BC%E3%82%B9", True),
        ("詳しくはhttps://例え.jp/aを", "詳しくはhttps://xn--r8jz45g.jp/aを", True),
        ("The end. Really", "the end. Really", False),
        ("https://xn--zzzz.jp", "https://xn--zzzy.jp", False),
        ("xn--\ud800.jp", "xn--a.jp", False),
    ],
)
def test_addresses_compare_by_where_they_lead(one, other, are):
    assert (unified(one) == unified(other)) is are


def test_what_is_missing_leaves_no_blank_lines():
    assert compose("", notice=NOTICE) == NOTICE
    assert compose("Fair", link="", notice="") == "Fair"


@pytest.mark.parametrize(
    "typed",
    [
        NOTICE,
        f" {NOTICE} ",
        NOTICE[1:],
        NOTICE + "。",
        NOTICE.replace("※", "*"),
        "必ずしも当社の公式発表・\n見解ではありません",
        "「必ずしも　当社の公式発表･見解ではありません」",
        f"注：{NOTICE}",
        f"【ご注意】{NOTICE}",
        f"Note: {NOTICE}",
        f"1) {NOTICE}",
        "(注) 必ずしも当社の公式発表・\n見解ではありません",
    ],
)
@pytest.mark.parametrize("form", ["Fair\n\n{}", "{}\nFair", "Fair\n{}\n", "{}\n\nFair\n\n{}"])
def test_a_notice_typed_by_hand_gives_way_however_it_was_typed(typed, form):
    assert without(form.format(typed, typed), ["Another.", NOTICE]).strip() == "Fair"


@pytest.mark.parametrize(
    "text",
    [
        f"We write: {NOTICE}",
        f"{NOTICE}か。",
        NOTICE[:-2],
        "Fair\n\nsale\n",
        "必ずしも\n\n当社の公式発表",
        f"注意事項の全文: {NOTICE}",
        "注：",
        "",
    ],
)
def test_what_only_speaks_of_a_notice_stays(text):
    assert without(text, [NOTICE, "Another.", "※"]) == text


def test_a_number_on_a_line_of_its_own_before_a_notice_stays():
    assert without(f"Seats left:\n10\n{NOTICE}", [NOTICE]) == "Seats left:\n10"


def test_case_and_width_make_no_other_notice():
    typed = "ＮＯＴ necessarily an OFFICIAL announcement"
    assert without(f"Fair\n{typed}", ["Not necessarily an official announcement."]) == "Fair"


def test_a_plain_text_forgets_how_white_space_and_letters_were_encoded():
    assert plain(" か\u3099 \r\n\r\n\r\n\r\nb ") == "が\n\nb"


@pytest.mark.parametrize(
    ("one", "other", "are"),
    [
        ("Spring fair on Saturday", "Spring Fair on saturday!", True),
        ("春の見本市は土曜日です", "冬の花火大会は日曜日です", False),
        ("春の見本市は土曜日の午前十時に開きます", "春の見本市は土曜日の午前九時に開きます", True),
        ("Spring fair on Saturday", "Our offices move to Kobe", False),
        ("", "", True),
        ("", "Fair", True),
        ("⚡️ 見本市", "⚡ 見本市", True),
        ("「新年」", "“新年”", True),
        ("ＳＡＬＥ！", "Sale!", True),
        ("🎉🎉", "🎉 🎉", True),
        ("新年", "見本", False),
        ("https://e.org/a", "https://t.co/xyz", True),
        ("https://e.org/a", "Our offices move to Kobe", True),
        ("Fair https://e.org/a-long-address", "Kobe https://e.org/a-long-address", False),
    ],
)
def test_alike_means_that_most_of_the_shorter_is_in_the_longer(one, other, are):
    assert alike(f"{one}\n\n{NOTICE}", f"{other}\n\n{NOTICE}", notice=NOTICE) is are
