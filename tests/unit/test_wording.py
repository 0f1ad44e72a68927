"""One message out of text, link and notice; and when two messages are alike."""

import pytest

from publisher.networks.wording import alike, compose, plain

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
    ],
)
def test_a_link_in_the_text_is_not_added_but_a_longer_one_is_another(text, times):
    assert compose(text, link="https://e.org/a").count("https://e.org/a") == times


def test_what_is_missing_leaves_no_blank_lines():
    assert compose("", notice=NOTICE) == NOTICE
    assert compose("Fair", link="", notice="") == "Fair"


@pytest.mark.parametrize("text", [f"Fair\n\n{NOTICE}", f"{NOTICE}\nFair", f"Fair\n {NOTICE} \n"])
def test_a_notice_on_a_line_of_its_own_is_there(text):
    assert compose(text, notice=NOTICE).count(NOTICE) == 1


def test_a_notice_of_several_lines_is_recognised_as_a_whole():
    notice = "As of posting time.\nSee our website."
    assert compose(f"Fair\n\n{notice}", notice=notice).count("website") == 1
    assert compose("Fair\n\nAs of posting time.", notice=notice).endswith(notice)


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
        ("", "Fair", False),
        ("Fair https://e.org/a-long-address", "Kobe https://e.org/a-long-address", False),
    ],
)
def test_alike_means_that_most_of_the_shorter_is_in_the_longer(one, other, are):
    assert alike(f"{one}\n\n{NOTICE}", f"{other}\n\n{NOTICE}", notice=NOTICE) is are
