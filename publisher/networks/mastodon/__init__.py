"""Mastodon: one account on one server; the account's `user_id` is its number there."""

import re

from publisher.content import Account, Fit
from publisher.networks.about import About, Permalink, Secret, id_in
from publisher.words import part

# An account of another server stands there with its server: its posts are none of ours.
_ID = re.compile(r"^(?:[^?#]*/)?(?:@[^/?#@]+|statuses)/(\d{1,20})/?(?:[?#]|$)")


def _address(post: str, account: Account) -> str:
    return f"{ABOUT.base(account)}/web/statuses/{post}"


ABOUT = About(
    name="mastodon",
    title="Mastodon",
    adapter="publisher.networks.mastodon.adapter:Mastodon",
    secrets=(Secret("access_token", part("about.mastodon_token")),),
    permalink=Permalink(id_in(_ID), _address),
    dedupe="passing key",
    limit=500,
    site_limits={"characters": 500, "url": 23, "images": 4, "image_bytes": 16_777_216},
    image=Fit(3840, 8_000_000),  # it draws larger ones smaller itself; what older servers take
    edits=frozenset({"text", "link", "images"}),
)
