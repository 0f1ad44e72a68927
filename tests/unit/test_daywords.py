"""Words that mean one day when written and another when read, in both languages."""

import pytest

from publisher.policy.detect.daywords import day_word


@pytest.mark.clause("2.2", kind="deny")
@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("We open today.", "today"),
        ("TODAY’S menu", "today"),
        ("See you ｔｏｎｉｇｈｔ!", "tonight"),
        ("Tomorrow, at nine", "tomorrow"),
        ("from this\n morning on", "this morning"),
        ("#today", "today"),
        ("as of yesterday", "yesterday"),
        ("本日より発売", "本日"),
        ("今日から", "今日"),
        ("明日の天気", "明日"),
        ("明々後日まで", "明々後日"),
        ("しあさってから", "しあさって"),
        ("おとといの件", "おととい"),
        ("今夜9時", "今夜"),
        ("今朝の障害", "今朝"),
        ("明朝、復旧します", "明朝"),
        ("きょうから", "きょう"),
        ("あす開店", "あす"),
        ("詳細はあした。", "あした"),
        ("また、あす", "あす"),
    ],
)
def test_a_word_for_a_day_is_found(text, word):
    assert day_word(text) == word


@pytest.mark.clause("2.2", kind="allow")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hello",
        "todayish",
        "This mornington",
        "multitoday",
        "今日的な課題",
        "明日香さん",
        "日本日報",
        "とうきょう",
        "きょうだい",
        "あすか",
        "はなします",
        "12月1日",
        "on 2 December",
        "morning",
    ],
)
def test_a_word_that_only_looks_like_one_is_not(text):
    assert day_word(text) == ""
