"""What Graph says of a token, whatever it says."""

from datetime import UTC, datetime
from typing import Any

import pytest

from publisher.networks.facebook.token import rights, until

DAY = 1_800_000_000
AT = datetime.fromtimestamp(DAY, UTC)


@pytest.mark.parametrize(
    ("said", "ends"),
    [
        ({"expires_at": 0, "data_access_expires_at": 0}, None),
        ({"expires_at": DAY, "data_access_expires_at": 0}, AT),
        ({"expires_at": 0, "data_access_expires_at": DAY}, AT),
        ({"expires_at": DAY + 5, "data_access_expires_at": DAY}, AT),
        ({}, None),
        ({"expires_at": "soon"}, None),
        ({"expires_at": True}, None),
        ({"expires_at": -1}, None),
        ({"expires_at": 10**30}, None),
        ({"expires_at": 1e300}, None),
        ({"expires_at": [DAY], "data_access_expires_at": {"at": DAY}}, None),
    ],
)
def test_it_ends_when_the_first_of_what_it_is_good_for_ends(
    said: dict[str, Any], ends: datetime | None
) -> None:
    assert until(said) == ends


def test_what_it_may_do_follows_from_its_scopes() -> None:
    found = rights({"scopes": ["pages_read_engagement", 7, None]})
    assert found == {"publish": False, "edit": False, "delete": False, "look up": True}
    assert rights({"scopes": "pages_manage_posts"}) == {}
    assert rights({"scopes": []}) == {}
    assert rights({}) == {}
