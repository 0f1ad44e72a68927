"""Every network there is. To add one: its folder, and its line here."""

from collections.abc import Mapping
from importlib import import_module
from typing import cast

from publisher.content import Fit
from publisher.networks import Handshake, Network
from publisher.networks.about import About

REGISTRY: Mapping[str, About] = {
    name: import_module(f"publisher.networks.{name}").ABOUT
    for name in (
        "x",
        "facebook",
        "wordpress",
        "discourse",
        "mastodon",
    )
}


def about(name: str) -> About:
    """What is known of the network that the register calls so. Raises KeyError."""
    return REGISTRY[name]


def network(name: str) -> type[Network]:
    """The adapter class for a network's name, imported on first use. Raises KeyError."""
    return cast(type[Network], _named(REGISTRY[name].adapter))


def handshake(name: str) -> type[Handshake] | None:
    """How an account there is connected by a PIN; None where it is not. Raises KeyError."""
    where = REGISTRY[name].handshake
    return cast(type[Handshake], _named(where)) if where else None


def _named(where: str) -> object:
    module, _, attribute = where.partition(":")
    return getattr(import_module(module), attribute)


def host(name: str) -> str:
    """Where everybody's API of this network answers; "" where there is no such place, or network."""
    return REGISTRY[name].host if name in REGISTRY else ""


def site_limits(name: str) -> Mapping[str, int]:
    """What its sites take by default, in characters."""
    return REGISTRY[name].site_limits if name in REGISTRY else {}


def images() -> frozenset[Fit]:
    """The sizes of images that the networks take."""
    return frozenset(one.image for one in REGISTRY.values())
