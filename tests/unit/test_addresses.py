"""Addresses by their parts: hosts in IDNA, addresses in running text, look-alikes."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from publisher.addresses import (
    belongs,
    canonical,
    host,
    idna,
    in_text,
    lasting,
    names,
    plain_in_text,
    sign_behind,
)
from publisher.networks.text import autolink
from publisher.networks.text.markdown import escaped


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://Example.co.jp/a", "example.co.jp"),
        ("https://example.co.jp./a", "example.co.jp"),
        ("https://例え.jp/news", "xn--r8jz45g.jp"),
        ("https://例え.jp。/news", "xn--r8jz45g.jp"),
        ("https://XN--R8JZ45G.jp", "xn--r8jz45g.jp"),
        ("https://ｅｘａｍｐｌｅ.co.jp/", "example.co.jp"),
        ("http://example.co.jp:80/", "example.co.jp"),
        ("https://example.co.jp:8443/", ""),
        ("https://example.co.jp:pw@evil.example/", ""),
        ("https://user@example.co.jp/", ""),
        ("https://example.co.jp\\@evil.example/", ""),
        ("https://example.co.jp /", ""),
        ("ftp://example.co.jp/", ""),
        ("example.co.jp", ""),
        ("https://exa%6dple.co.jp/", ""),
        ("https://[::1", ""),
        ("https://example.co.jp:x/", ""),
        ("", ""),
    ],
)
def test_the_host_of_an_address_is_where_it_leads_or_nothing(url, expected):
    assert host(url) == expected


@pytest.mark.parametrize(
    ("name", "domain", "does"),
    [
        ("example.co.jp", "example.co.jp", True),
        ("www.example.co.jp", "Example.co.jp", True),
        ("xn--r8jz45g.jp", "例え.jp", True),
        ("example.co.jp.evil.example", "example.co.jp", False),
        ("badexample.co.jp", "example.co.jp", False),
        ("examp1e.co.jp", "example.co.jp", False),
        (idna("exаmple.co.jp"), "example.co.jp", False),  # the third letter is Cyrillic
        ("", "example.co.jp", False),
        ("co.jp", "example.co.jp", False),
    ],
)
def test_a_host_belongs_to_its_own_domain_and_to_no_look_alike(name, domain, does):
    assert belongs(name, domain) is does


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see https://e.org/a.", ["https://e.org/a"]),
        ("詳しくはhttps://e.org/aをご覧ください", ["https://e.org/a"]),
        ("https://例え.jpをご覧ください", ["https://例え.jp"]),
        ("https://例え.jp/news。", ["https://例え.jp/news"]),
        ("(https://e.org/a_(b)) and [https://e.org/c]", ["https://e.org/a_(b)", "https://e.org/c"]),
        (
            "http://127.0.0.1:8090/x, http://localhost",
            ["http://127.0.0.1:8090/x", "http://localhost"],
        ),
        ("https://e.org./a and https://e.org.", ["https://e.org./a", "https://e.org"]),
        ("HTTPS://E.org?q=1#f", ["HTTPS://E.org?q=1#f"]),
        ("<https://e.org/a>", ["https://e.org/a"]),
        ("https://e.com1/", ["https://e.com1/"]),
        ("https:// and e.org", []),
    ],
)
def test_an_address_in_a_text_ends_where_a_reader_sees_it_end(text, found):
    assert [text[start:end] for start, end in in_text(text)] == found


@pytest.mark.parametrize(
    "text",
    [
        "https://example.co.jp@evil.example/",
        "https://example.co.jp:pw@evil.example/",
        "https://example.co.jp\\@evil.example",
        "https://example.co.jp%2eevil.example",
        "https://example.co.jp．evil．example",
        "https://example.co.jp／@evil.example",
        "https://example.co.jp․evil.example",
        "https://example.co.jp。evil.example/",
        "https://example.co.jp。例え.evil。example。/",
        "https://example.co.jp｡evil｡example",
    ],
)
def test_a_trick_behind_a_host_makes_the_address_no_plain_one(text):
    assert not [url for url in plain_in_text(text) if host(url) == "example.co.jp"]


def test_a_sentence_goes_on_behind_a_plain_address():
    text = "https://e.org. Next, https://e.org/a, then https://e.orgです。https://e.org。"
    more = "詳細はhttps://e.org。第1.2版、https://e.org。IR部より。以上"
    assert list(plain_in_text(more)) == ["https://e.org"] * 2
    assert list(plain_in_text(text)) == ["https://e.org", "https://e.org/a", *["https://e.org"] * 2]


@pytest.mark.parametrize(
    ("text", "link", "does"),
    [
        ("Slides: https://e.org/2026-12.pdf", "https://e.org/2026-12", False),
        ("詳しくはhttps://e.org/2026-12をご覧ください", "https://e.org/2026-12", True),
        ("https://E.org/a/", "https://e.org/a", True),
        ("https://e.org/A", "https://e.org/a", False),
        ("https://e.org/a?b=1", "https://e.org/a", False),
        ("https://xn--r8jz45g.jp/a", "https://例え.jp/a", True),
        ("https://e.org/ニュース を見る", "https://e.org/ニュース", True),
        ("https://e.org/ニュース一覧", "https://e.org/ニュース", False),
        ("https://e.org", "https://e.org/", True),
        ("https://e.org/?a=1", "https://e.org?a=1", True),
        ("https://e.org./a", "https://e.org/a", True),
        ("https://e.org:443/a", "https://e.org/a", True),
        ("no address", "https://[bad", False),
    ],
)
def test_a_text_names_a_link_or_another_one(text, link, does):
    assert names(text, link) is does


@settings(deadline=None)
@given(st.text())
@example("e.org//")
def test_no_text_is_too_odd_to_be_read(text):
    for url in (text, f"https://{text}"):
        host(url)
        assert canonical(canonical(url)) == canonical(url)
        assert list(in_text(url)) is not None
        names(text, url)


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("https://ja.example.org/wiki/日本", "https://ja.example.org/wiki/%E6%97%A5%E6%9C%AC"),
        ("https://例え.jp/news?q=例", "https://例え.jp/news?q=%E4%BE%8B"),
        ("https://e.org/straße_(Ort)", "https://e.org/stra%C3%9Fe_(Ort)"),
        ("https://e.org/a(b", "https://e.org/a%28b"),
        ("https://e.org/?q=(a)", "https://e.org/?q=%28a%29"),
        ('https://e.org/a{b}|c^d`e"f<g>', "https://e.org/a%7Bb%7D%7Cc%5Ed%60e%22f%3Cg%3E"),
        ("https://e.org#part", "https://e.org/#part"),
        ("https://e.org/~x~", "https://e.org/~x%7E"),
        ("https://e.org/r&", "https://e.org/r%26"),
        ("https://e.org/?r&", None),
        ("https://e.org/@a/b!c;d=e,f:g*h'i+j$k%20l&m=n#/o", None),
        ("https://e.org", None),
        ("https://e.org:8443/a/", None),
    ],
)
def test_a_link_is_written_so_that_no_network_cuts_it(url, written):
    assert lasting(url) == (written or url)


@given(st.text(st.characters(exclude_categories=("Z", "C"), exclude_characters="\\")))
def test_networks_take_the_whole_of_such_a_link(rest):
    link = f"https://example.org/{rest}"
    if sign_behind(link):
        return
    url = lasting(link)
    text = f"See\n\n{url}\n\nNotice."
    assert [text[start:end] for start, end in in_text(text)] == [url]
    on_x = [text[link.start : link.start + link.size] for link in autolink.links(text)]
    assert on_x == [url]
    assert escaped(url) in (url, f"<{url}>")


@pytest.mark.parametrize(
    ("url", "sign"),
    [
        ("https://e.org/a.", "."),
        ("https://e.org/a)", ")"),
        ("https://e.org/a。", "。"),
        ("https://e.org/a」", "」"),
        ("https://e.org/a…", "…"),
        ("https://e.org/お知らせ（2026）", ""),
        ("https://e.org/お知らせ（2026））", "）"),
        ("https://e.org/『新』", ""),
        ("https://e.org/a_(b)", ""),
        ("https://e.org/日本", ""),
        ("https://e.org/", ""),
    ],
)
def test_punctuation_behind_an_address_is_no_part_of_it(url, sign):
    assert sign_behind(url) == sign
