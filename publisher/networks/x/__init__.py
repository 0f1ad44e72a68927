"""X: one official account, by its user name."""

import re

from publisher.content import Account, Fit
from publisher.networks.about import About, Option, Permalink, Secret, id_in


def _address(post: str, account: Account) -> str:
    if account.sandbox:
        return f"{ABOUT.base(account)}/status/{post}"
    return f"https://x.com/{account.options.get('username') or 'i'}/status/{post}"


_APP = "of the app, under Keys and tokens in X's developer console"
_USER = "of the account: made there for the app, with the right to read and write"

ABOUT = About(
    name="x",
    title="X",
    adapter="publisher.networks.x.adapter:X",
    host="https://api.x.com",
    secrets=(
        Secret("consumer_key", f"the API key {_APP}", sandbox="sandbox"),
        Secret("consumer_secret", f"the API key secret {_APP}", sandbox="sandbox"),
        Secret("access_token", f"the access token {_USER}"),
        Secret("access_token_secret", f"the access token secret {_USER}", sandbox="sandbox"),
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
)
