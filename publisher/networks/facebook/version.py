"""Which version of the Graph API an account uses, and until when (Meta keeps one for two years).

The days stand in https://developers.facebook.com/docs/graph-api/changelog/versions.
"""

from collections.abc import Mapping
from datetime import date, timedelta

from publisher.words import Part, part

VERSION = "v26.0"
UNTIL = date(2028, 2, 1)  # the earliest: it was there in February 2026
WARNED = timedelta(days=60)


def of(options: Mapping[str, str]) -> str:
    """The version in the account's addresses."""
    return options.get("api_version") or VERSION


def ending(options: Mapping[str, str], today: date) -> Part | None:
    """What to do about a version that ends within 60 days or has ended; None before that."""
    version, until = options.get("api_version"), options.get("api_version_until")
    if version and not until:
        return part("about.no_end_known", version=version)
    last = date.fromisoformat(until) if until else UNTIL
    if today < last - WARNED:
        return None
    verb = "ends" if today < last else "ended"
    return part(f"about.version_{verb}", version=of(options), day=last.isoformat())
