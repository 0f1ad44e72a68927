"""Where an account's posts live: network, host and the account's own id there.

An account keeps its name in the register when its host or user id is changed, and then it is another
place: the same number there is another post.
"""

from functools import lru_cache
from urllib.parse import urlsplit

from publisher.content import Account
from publisher.networks.registry import REGISTRY, host
from publisher.words import as_text

_PORTS = {"https": 443, "http": 80}


def place(account: Account) -> str:
    """`network host user_id`: what a delivery remembers of where it was sent.

    The scheme is left out, so that a site which moves to https stays the same place.
    """
    return f"{account.network} {_host(account)} {account.remote_user_id}"


def landing(account: Account) -> dict[str, str]:
    """Everything about `account` that an approval binds: its name, its place, where there posts land."""
    known = REGISTRY.get(account.network)
    decisive = [one.name for one in known.options if one.lands] if known else []
    options = {name: str(account.options[name]) for name in decisive if account.options.get(name)}
    return {"account": account.id, "place": place(account), **options}


def said(where: str) -> str:
    """A place in words: `wordpress, user 3 at blog.example.com`."""
    network, host, user = parts(where)
    return as_text("reason.place", network=network, user=user, host=host)


def parts(where: str) -> tuple[str, str, str]:
    """Network, host (with a path, if any) and user id of a place."""
    network, host, user = where.split(" ", 2)
    return network, host, user


def _host(account: Account) -> str:
    return _located(account.base_url or host(account.network))


@lru_cache(maxsize=1024)  # asked several times of each account for each post
def _located(base: str) -> str:
    """Host and path of an address; its port only where that is not its scheme's own."""
    address = urlsplit(base)
    port = "" if address.port in (None, _PORTS.get(address.scheme)) else f":{address.port}"
    return f"{address.hostname or ''}{port}{address.path.rstrip('/')}"
