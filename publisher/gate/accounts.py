"""The register's rows as rules and adapters see them."""

from publisher.content import Account
from publisher.networks.place import place
from publisher.networks.registry import site_limits
from publisher.store.rows import AccountRow


def account_value(row: AccountRow) -> Account:
    """The account; a retired one is not active."""
    return Account(
        id=row.id,
        network=row.network,
        calendar=row.calendar,
        disclaimers=row.disclaimers,
        lang=row.lang,
        remote_user_id=row.remote_user_id,
        base_url=row.base_url,
        options=row.options,
        sandbox=row.sandbox,
        active=row.active and row.retired_at is None,
        limits={**site_limits(row.network), **row.limits},
    )


def place_of(row: AccountRow) -> str:
    """Where the account of this register row sends to now."""
    return place(account_value(row))
