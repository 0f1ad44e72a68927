"""The base of every value that readers get, and how it is written as JSON."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, PlainSerializer

from publisher.clock import rfc3339

# Aware UTC; in JSON as RFC 3339, with microseconds where there are any.
Instant = Annotated[datetime, PlainSerializer(rfc3339, return_type=str, when_used="json")]
# As `errors.Do.json`: a word of `roles.MAY` under "act", and what it is done to.
Act = dict[str, str]


class View(BaseModel):
    """A frozen value for readers; the line below a field says what it means."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


def plain(found: Any) -> Any:
    """A value, or several, as JSON takes it."""
    if isinstance(found, View):
        return found.model_dump(mode="json")
    if isinstance(found, Mapping):
        return {name: plain(one) for name, one in found.items()}
    if isinstance(found, datetime):
        return rfc3339(found)
    if isinstance(found, Sequence) and not isinstance(found, str):
        return [plain(one) for one in found]
    return found
