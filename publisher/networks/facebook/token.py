"""What Graph says of a token: https://developers.facebook.com/docs/graph-api/reference/debug_token"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

ENDS = ("expires_at", "data_access_expires_at")  # epoch seconds; 0 for never
FURTHEST = 253_000_000_000  # the last seconds that a date can name

# By verb, any of these scopes: https://developers.facebook.com/docs/pages-api/overview
SCOPES: Mapping[str, str] = {
    "publish": "pages_manage_posts",
    "edit": "pages_manage_posts",
    "delete": "pages_manage_posts",
    "look up": "pages_read_engagement",
}


def until(found: Mapping[str, Any]) -> datetime | None:
    """When the first of what it is good for ends; None for never."""
    said = [found.get(name) for name in ENDS]
    known = [one for one in said if type(one) is int and 0 < one < FURTHEST]
    return datetime.fromtimestamp(min(known), UTC) if known else None


def rights(found: Mapping[str, Any]) -> Mapping[str, bool]:
    """What its scopes let it do; {} where it names none."""
    listed = found.get("scopes")
    scopes = {one for one in listed if isinstance(one, str)} if isinstance(listed, list) else set()
    return {verb: needed in scopes for verb, needed in SCOPES.items()} if scopes else {}
