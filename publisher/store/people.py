"""Who of the register is there now, and for whom they act besides for themselves."""

from collections.abc import Iterable, Mapping, Sequence

from publisher.clock import from_rfc3339, local
from publisher.store import Tx
from publisher.store.rows import PersonRow


def gone(tx: Tx, row: PersonRow) -> bool:
    """Have they left, or has the day come from which on they are nobody (on the company's clock)?"""
    if row.retired_at is not None:
        return True
    return bool(row.until) and local(tx.now, tx.zone()).date().isoformat() >= row.until


def stands_for(tx: Tx, name: str, people: Iterable[PersonRow]) -> list[PersonRow]:
    """Those who have named this person their deputy for a time that has come and not ended."""
    return [one for one in people if deputy_of(tx, one) == name and not gone(tx, one)]


def deputy_of(tx: Tx, row: PersonRow) -> str:
    """Who acts for this person now as well; "" for nobody."""
    named: Mapping[str, str] = row.deputy
    if not named or not from_rfc3339(named["from"]) <= tx.now < from_rfc3339(named["to"]):
        return ""
    return named["name"]


def rights(row: PersonRow, absent: Sequence[PersonRow]) -> list[str]:
    """Their roles, and those of whom they act for, as the register keeps them."""
    return sorted({*row.roles, *(role for one in absent for role in one.roles)})
