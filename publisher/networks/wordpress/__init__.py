"""WordPress: one blog, as one of its users."""

import re

from publisher.content import Account, Fit
from publisher.networks.about import About, Option, Permalink, Secret, id_in


def _address(post: str, account: Account) -> str:
    return f"{ABOUT.base(account)}/?p={post}"


ABOUT = About(
    name="wordpress",
    title="WordPress",
    adapter="publisher.networks.wordpress.adapter:WordPress",
    secrets=(
        Secret(
            "username", "the name of a user with the role Author", sandbox="{name}", public=True
        ),
        Secret("password", "an application password of that user, made in its profile on the blog"),
    ),
    options=(Option("permalinks", re.compile("plain|pretty"), "plain or pretty"),),
    permalink=Permalink(id_in(re.compile(r"[?&]p=(\d{1,20})(?!\d)")), _address),
    dedupe="two-phase",
    limit=60_000,
    image=Fit(2560, 2_000_000),  # its own "big image" threshold; PHP's default upload limit
    images_note="A picture's file can be fetched by whoever knows its address (a random one) from "
    "the upload on, which is just before the post is public.",
    markup="html",
    edits=frozenset({"text", "title", "link", "images"}),
)
