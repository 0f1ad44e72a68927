"""What a case is about, and the shape of a fact about it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, bindparam

from publisher.content import Account, Content, Rendered
from publisher.policy import Stage
from publisher.store import Tx
from publisher.store.rows import AccountRow, PostRow, RevisionRow

CredentialOf = Callable[[AccountRow], str]
Fields = dict[str, Any]
Order = Mapping[str, int]  # what the ledger vouches for, and under which of its rows


@dataclass(frozen=True)
class Asked:
    """What is judged together: deliveries, or a draft as if it were one, with the rows they rest on."""

    tx: Tx
    stage: Stage
    credential_of: CredentialOf | None
    rows: Sequence[Any]
    accounts: Mapping[str, AccountRow]
    posts: Mapping[str, PostRow]
    revisions: Sequence[RevisionRow]

    @cached_property
    def written(self) -> Mapping[str, Sequence[RevisionRow]]:
        """Each post's revisions, the first one first."""
        found: dict[str, list[RevisionRow]] = {}
        for row in self.revisions:
            found.setdefault(row.post_id, []).append(row)
        return found

    @property
    def names(self) -> dict[str, list[str]]:
        """For a statement that asks about every post: `among(column, "posts")`."""
        return {"posts": list({row.post_id for row in self.rows})}


@dataclass(frozen=True)
class Subject:
    """One of them, with its words exactly as they would be sent.

    `before`: of an edit, what we published there last. `mark`: the fingerprint that an approval binds.
    """

    row: Any
    account_row: AccountRow | None
    account: Account | None
    post: Any
    revision: Any
    content: Content
    rendered: Rendered
    source: str
    unrendered: str
    before: Rendered | None
    mark: str


@dataclass(frozen=True)
class Evidence:
    """One kind of fact, for any number of subjects.

    `read` gathers it, in one query. `binds`: what of it the ledger has to vouch for. `believed` keeps
    what it does vouch for. `fields`: what that says of one subject, as fields of `Case`; the same ones
    for each.
    """

    fields: Callable[[Any, Subject, Asked], Fields]
    read: Callable[[Asked], Any] = lambda _asked: None
    binds: Callable[[Any, Asked], Mapping[str, str]] = lambda _found, _asked: {}
    believed: Callable[[Any, Order], Any] = lambda found, _order: found


def among(column: Any, name: str) -> ColumnElement[bool]:
    """Is it one of the values given under this name?"""
    found: ColumnElement[bool] = column.in_(bindparam(name, expanding=True))
    return found
