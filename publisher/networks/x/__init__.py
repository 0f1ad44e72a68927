"""X: one official account, by its user name."""

import re

from publisher.content import Account, Fit
from publisher.networks.about import About, Option, Permalink, Secret, id_in
from publisher.words import part


def _address(post: str, account: Account) -> str:
    if account.sandbox:
        return f"{ABOUT.base(account)}/status/{post}"
    return f"https://x.com/{account.options.get('username') or 'i'}/status/{post}"


ABOUT = About(
    name="x",
    title="X",
    adapter="publisher.networks.x.adapter:X",
    handshake="publisher.networks.x.pin:Pin",
    host="https://api.x.com",
    secrets=(
        Secret("consumer_key", part("about.x_key"), sandbox="sandbox"),
        Secret("consumer_secret", part("about.x_key_secret"), sandbox="sandbox"),
        Secret("access_token", part("about.x_token")),
        Secret("access_token_secret", part("about.x_token_secret"), sandbox="sandbox"),
    ),
    options=(Option("username"),),
    permalink=Permalink(
        id_in(re.compile(r"status/(\d{1,20})(?!\d)")), _address, hosts=("x.com", "twitter.com")
    ),
    dedupe="listing",
    limit=280,
    unit="weighted characters",
    image=Fit(4096, 5_000_000),
    notices="x",
    threads=True,
)
