"""Discourse: one board, as one of its users."""

import re

from publisher.content import Account, Fit
from publisher.networks.about import About, Option, Permalink, Secret, id_in
from publisher.words import part


def _address(post: str, account: Account) -> str:
    return f"{ABOUT.base(account)}/p/{post}"


ABOUT = About(
    name="discourse",
    title="Discourse",
    adapter="publisher.networks.discourse.adapter:Discourse",
    secrets=(
        Secret("api_key", part("about.discourse_key")),
        Secret("api_username", part("about.discourse_user"), sandbox="{name}", public=True),
    ),
    options=(
        Option(
            "category",
            re.compile(r"[0-9]{1,9}"),
            part("about.discourse_category"),
            lands=True,
        ),
    ),
    permalink=Permalink(id_in(re.compile(r"(?:^|/)p/(\d{1,20})(?!\d)")), _address),
    dedupe="native key",
    limit=32_000,
    site_limits={"title_min": 15, "title_max": 255, "text_min": 20, "text_max": 32_000},
    image=Fit(4096, 4_000_000),  # max_image_size_kb
    markup="markdown",
    edits=frozenset({"text", "link", "images"}),
)
