"""Facebook: one official Page; the account's `user_id` is the Page's id."""

import re

from publisher.content import Account, Fit
from publisher.networks.about import About, Option, Permalink, Secret
from publisher.networks.facebook import version
from publisher.words import part

_ID = re.compile(r"(?<!\d)(\d{1,20}_\d{1,20})(?!\d)|(?:posts/|story_fbid=)(\d{1,20})(?!\d)")


def full(post: str, account: Account) -> str:
    """Ids come bare or as `{page}_{post}`; we keep the second form."""
    return post if "_" in post else f"{account.remote_user_id}_{post}"


def _read(rest: str, account: Account) -> str:
    found = _ID.search(rest)
    return full(found[1] or found[2], account) if found else ""


def _address(post: str, account: Account) -> str:
    if account.sandbox:
        return f"{ABOUT.base(account)}/status/{full(post, account)}"
    return f"https://www.facebook.com/{full(post, account)}"


ABOUT = About(
    name="facebook",
    title="Facebook",
    adapter="publisher.networks.facebook.adapter:Facebook",
    host="https://graph.facebook.com",
    secrets=(Secret("access_token", part("about.facebook_token")),),
    options=(
        Option(
            "api_version",
            re.compile(r"v[0-9]{1,3}\.[0-9]"),
            part("about.graph_version"),
        ),
        Option(
            "api_version_until",
            re.compile(r"20[0-9]{2}-[01][0-9]-[0-3][0-9]"),
            part("about.graph_until"),
        ),
    ),
    permalink=Permalink(_read, _address, hosts=("facebook.com",)),
    dedupe="listing",
    limit=63_206,
    image=Fit(2048, 4_000_000),
    notices="facebook",
    edits=frozenset({"text"}),
    measures=frozenset({"hide", "show"}),
    comment=re.compile(r"[0-9]{1,20}_[0-9]{1,20}"),
    outdated=version.ending,
)
