"""WordPress: one blog, as one of its users."""

import re

from publisher.content import Account, Fit
from publisher.networks.about import About, Option, Permalink, Secret, id_in
from publisher.words import part


def _address(post: str, account: Account) -> str:
    return f"{ABOUT.base(account)}/?p={post}"


ABOUT = About(
    name="wordpress",
    title="WordPress",
    adapter="publisher.networks.wordpress.adapter:WordPress",
    secrets=(
        Secret("username", part("about.wordpress_user"), sandbox="{name}", public=True),
        Secret("password", part("about.wordpress_password")),
    ),
    options=(Option("permalinks", re.compile("plain|pretty"), part("about.wordpress_permalinks")),),
    permalink=Permalink(id_in(re.compile(r"[?&]p=(\d{1,20})(?!\d)")), _address),
    dedupe="two-phase",
    limit=60_000,
    image=Fit(2560, 2_000_000),  # its own "big image" threshold; PHP's default upload limit
    images_note=part("about.wordpress_pictures"),
    shows_uploads=True,
    markup="html",
    edits=frozenset({"text", "title", "link", "images"}),
)
