"""Whether config.toml and the policy folder fit together."""

from pathlib import Path

import pytest

from publisher import config
from publisher.config import fits
from publisher.policy import bundle
from publisher.words import say_part

ROOT = Path(__file__).parents[2]
CONFIG = """\
[company]
name = "Example"
website = "https://www.example.co.jp"
[accounts.news]
network = "x"
calendar = "office"
disclaimers = "standard"
lang = "ja"
user_id = "783214"
owner = "Communications"
[accounts.news.credentials]
consumer_key = "env:X_KEY"
consumer_secret = "env:X_SECRET"
access_token = "env:X_TOKEN"
access_token_secret = "env:X_TOKEN_SECRET"
"""


def settings(was="", becomes=""):
    assert was in CONFIG
    return config.load(CONFIG.replace(was, becomes), Path("/srv/publisher/config.toml"), {})


def policy(name="", was="", becomes=""):
    files = bundle.read_folder(ROOT / "policy")
    if name:
        assert was.encode() in files[name]
        files[name] = files[name].replace(was.encode(), becomes.encode())
    return bundle.load(files)


def test_what_is_shipped_fits_and_raises_no_question():
    shipped = config.read(ROOT / "config.toml", {})
    assert list(fits.wrong(shipped, policy())) == []
    assert list(fits.questions(shipped, policy())) == []
    assert list(fits.wrong(settings(), policy())) == []


@pytest.mark.parametrize(("key", "value"), [("calendar", "offise"), ("disclaimers", "standart")])
def test_what_an_account_names_has_to_be_in_the_policy(key, value):
    found = settings(
        f'{key} = "{ {"calendar": "office", "disclaimers": "standard"}[key] }"',
        f'{key} = "{value}"',
    )
    [(where, what), *_] = fits.wrong(found, policy())
    assert where == ("accounts", "news", key)
    said = say_part(what, "en")
    assert f'the policy has no {key} "{value}"' in said
    assert "Did you mean" in said


def test_a_notice_that_never_fits_is_found_before_a_post_is_written():
    long = "※" + "必ずしも公式発表ではありません。" * 10
    made = policy("disclaimers.toml", "※必ずしも当社の公式発表・見解ではありません", long)
    assert list(fits.wrong(settings(), made)) == [], "the shorter one still fits"
    short = "※公式発表ではない場合があります"
    files = bundle.read_folder(ROOT / "policy")
    files["disclaimers.toml"] = (
        files["disclaimers.toml"]
        .replace("※必ずしも当社の公式発表・見解ではありません".encode(), long.encode())
        .replace(short.encode(), long.encode())
    )
    [(where, what)] = fits.wrong(settings(), bundle.load(files))
    assert where == ("accounts", "news")
    assert "no standard notice in ja fits" in say_part(what, "en")
    assert "通常の投稿の注記" in say_part(what, "ja")


def test_a_day_of_more_than_fourteen_hours_is_asked_about():
    for window, asked in (
        ("08:00-22:00", 0),
        ("08:00-22:01", 1),
        ("22:00-12:30", 1),
        ("00:00-24:00", 1),
    ):
        made = policy("calendars.toml", 'monday = ["09:00-17:30"]', f'monday = ["{window}"]')
        said = list(fits.questions(settings(), made))
        assert len(said) == asked, (window, said)


def test_posts_that_nothing_keeps_apart_are_asked_about():
    files = bundle.read_folder(ROOT / "policy")
    files["pacing.toml"] = b"lateness_minutes = 15\n"
    [said] = fits.questions(settings(), bundle.load(files))
    assert "without a pause" in say_part(said, "en")


@pytest.mark.parametrize(
    ("website", "asked"),
    [
        ("https://www.example.co.jp", 0),
        ("https://EXAMPLE.co.jp/", 0),
        ("https://www.example.com", 1),
        ("https://example.co.jp.evil.example", 1),
    ],
)
def test_two_different_websites_are_asked_about(website, asked):
    found = settings("https://www.example.co.jp", website)
    assert len(list(fits.questions(found, policy()))) == asked


@pytest.mark.parametrize("domains", ['domains = ["example.co.jp"]', ""])
@pytest.mark.parametrize(
    ("was", "becomes", "asked"),
    [
        ('website = "https://www.example.co.jp/"', 'website = "https://news.example.com/"', 1),
        ("最新の公式情報は当社サイトへ", "最新の公式情報はhttps://www.example.com/へ", 1),
        ("最新の公式情報は当社サイトへ", "最新の公式情報はhttps://example.co.jp/ へ", 0),
        ("最新の公式情報は当社サイトへ", "最新の公式情報はhttps://www.example.co.jp/news へ", 0),
    ],
)
def test_a_website_that_only_the_notices_name_is_compared_with_the_companys(
    domains, was, becomes, asked
):
    files = bundle.read_folder(ROOT / "policy")
    words = files["disclaimers.toml"].decode().replace('domains = ["example.co.jp"]', domains)
    assert was in words
    files["disclaimers.toml"] = words.replace(was, becomes).encode()
    said = [say_part(one, "en") for one in fits.questions(settings(), bundle.load(files))]
    assert len(said) == asked
    assert all("example.com" in one and "Which one is the company's?" in one for one in said)


@pytest.mark.parametrize(
    ("name", "was", "becomes", "says"),
    [
        ("pacing.toml", "[networks.x]", "[networks.xx]", 'there is no network "xx"'),
        ("pacing.toml", "[networks.x]", "[accounts.nobody]", 'there is no account "nobody"'),
        ("disclaimers.toml", "families.x.ja]", "families.xs.ja]", 'has the family "xs"'),
    ],
)
def test_what_the_policy_names_has_to_be_there(name, was, becomes, says):
    files = bundle.read_folder(ROOT / "policy")
    assert fits.unknown(files, settings().accounts) == []
    assert was.encode() in files[name]
    files[name] = files[name].replace(was.encode(), becomes.encode())
    bundle.load(files)
    (flaw,) = fits.unknown(files, settings().accounts)
    said = say_part(flaw, "en")
    assert said.startswith(f"{name}:")
    assert says in said
