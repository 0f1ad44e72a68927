"""What there is for a person who has roles for some accounts only, as conditions for statements.

For everybody else each is always true, and changes no statement. A post is there for whoever has a role
on one of its accounts; of it they see what concerns theirs.
"""

from typing import Any

from sqlalchemy import ColumnElement, String, cast, exists, literal, or_, true

from publisher.roles import sees
from publisher.store import Tx
from publisher.store import tables as t
from publisher.store.tables import core

# Under names of their own: the statement that they go into may read these tables, too.
_REVISION = core(t.Revision).alias()
_DELIVERY = core(t.Delivery).alias()
_GRANT = core(t.ExceptionGrant)


def there(tx: Tx, account: str) -> bool:
    """Is there this account, for whoever acts?"""
    mine = sees(tx.actor)
    return mine is None or account in mine


def accounts(tx: Tx, column: Any) -> ColumnElement[bool]:
    """Is it an account that there is for whoever acts? `column`: of names of accounts."""
    mine = sees(tx.actor)
    return true() if mine is None else column.in_(sorted(mine))


def posts(tx: Tx, column: Any) -> ColumnElement[bool]:
    """Is it a post that there is for whoever acts? `column`: of ids of posts."""
    mine = sees(tx.actor)
    if mine is None:
        return true()
    return exists().where(_REVISION.c.post_id == column, _names(_REVISION.c.accounts, mine))


def permissions(tx: Tx) -> ColumnElement[bool]:
    """Is it a permission, asked for or granted, that there is for whoever acts?"""
    mine = sees(tx.actor)
    if mine is None:
        return true()
    quoted = literal('%"') + _DELIVERY.c.id + literal('"%')
    one_of_theirs = exists().where(
        _DELIVERY.c.post_id == _GRANT.c.post_id,
        _DELIVERY.c.account.in_(sorted(mine)),
        cast(_GRANT.c.deliveries, String).like(quoted),
    )
    return one_of_theirs | _names(_GRANT.c.accounts, mine)


def _names(column: Any, mine: frozenset[str]) -> ColumnElement[bool]:
    """Does a list, kept as JSON, name one of them? A name has neither quotes nor signs of a pattern."""
    return or_(*(cast(column, String).contains(f'"{one}"') for one in sorted(mine)))
