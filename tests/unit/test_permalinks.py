"""A person's permalink names the network's own id only where it stands there for certain."""

from dataclasses import replace

import pytest

from publisher.content import Account
from publisher.desk.resolve import remote_id_in
from publisher.networks.registry import REGISTRY

ACCOUNTS = {name: Account(name, name, "office", "standard", "en", "9001", "") for name in REGISTRY}


@pytest.mark.parametrize(
    ("network", "url", "expected"),
    [
        ("x", "https://x.com/example/status/77", "77"),
        ("x", "https://x.com/i/status/77?s=20", "77"),
        ("facebook", "https://www.facebook.com/9001_55", "9001_55"),
        ("facebook", "https://www.facebook.com/example/posts/55", "9001_55"),
        ("wordpress", "https://blog.example.com/?p=12", "12"),
        ("discourse", "https://board.example.com/p/34", "34"),
        ("mastodon", "https://social.example.com/@us/109254962155278888", "109254962155278888"),
        ("mastodon", "https://social.example.com/web/statuses/34", "34"),
        ("mastodon", "https://social.example.com/users/us/statuses/34?a=1", "34"),
    ],
)
def test_the_id_is_read_where_it_stands(network: str, url: str, expected: str) -> None:
    assert remote_id_in(url, ACCOUNTS[network]) == expected


@pytest.mark.parametrize(
    ("network", "url"),
    [
        ("wordpress", "https://blog.example.com/2026/12/01/fair/"),  # a date is no id
        ("discourse", "https://board.example.com/t/fair/77"),  # a topic is no post
        ("facebook", "https://www.facebook.com/share/pfbid0abc"),
        ("x", "https://x.com/example"),
        ("mastodon", "https://social.example.com/@us@far.example/34"),  # another server's post
        ("mastodon", "https://social.example.com/@us?max_id=/statuses/34"),
    ],
)
def test_an_address_without_the_id_has_none(network: str, url: str) -> None:
    assert remote_id_in(url, ACCOUNTS[network]) == ""


@pytest.mark.parametrize("network", REGISTRY)
@pytest.mark.parametrize("sandbox", [False, True])
def test_the_address_that_a_network_writes_holds_the_id(network: str, *, sandbox: bool) -> None:
    there = replace(ACCOUNTS[network], base_url="https://example.com/at/home", sandbox=sandbox)
    permalink = REGISTRY[network].permalink
    whole = permalink.read(permalink.write("34", there).split("/", 3)[3], there)
    assert whole.rpartition("_")[2] == "34"
    assert permalink.read(permalink.write(whole, there).split("/", 3)[3], there) == whole
