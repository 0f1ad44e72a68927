"""Whether config.toml and the policy folder fit together: what is wrong, and what is worth a question.

`wrong` and `questions` are shown by `config check` and by `policy check`, whichever is typed.
"""

import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from publisher import addresses
from publisher.config import Config
from publisher.content import Account, Content
from publisher.documents import Flaw, near, placed
from publisher.networks.registry import REGISTRY, about, network
from publisher.policy.bundle import LONG, Policy
from publisher.policy.calendar import minutes
from publisher.words import part

LONG_DAY = 14 * 60  # minutes
KINDS = ("standard", "release", "urgent")


def wrong(config: Config, policy: Policy) -> Iterator[Flaw]:
    """What an account names and the policy lacks, and notices that can never fit: where, and what."""
    for name, setting in config.accounts.items():
        here = ("accounts", name)
        for key, value, known in (
            ("calendar", setting.calendar, sorted(policy.calendars)),
            ("disclaimers", setting.disclaimers, list(policy.sets())),
        ):
            if value not in known:
                said = part(f"config.no_{key}", name=value, near=near(value, known))
                yield (*here, key), said
        yield from ((here, said) for said in _never_fits(setting.account(), policy))


def unknown(files: Mapping[str, bytes], accounts: Collection[str]) -> list[dict[str, Any]]:
    """What the policy's files name that there is not: networks, accounts, families of notices."""
    families = sorted({LONG, *(one.notices for one in REGISTRY.values())})
    pacing, notices = (files[name].decode() for name in ("pacing.toml", "disclaimers.toml"))
    paces, sets = tomllib.loads(pacing), tomllib.loads(notices)["sets"]
    kept_apart = [
        *(("networks", name, list(REGISTRY)) for name in paces.get("networks", {})),
        *(("accounts", name, list(accounts)) for name in paces.get("accounts", {})),
    ]
    flaws = [
        ((table, name), _no(table, name, known))
        for table, name, known in kept_apart
        if name not in known
    ]
    told = [
        (("sets", one, "families", name), _no("families", name, families))
        for one in sets
        for name in sets[one]["families"]
        if name not in families
    ]
    return [*placed(pacing, "pacing.toml", flaws), *placed(notices, "disclaimers.toml", told)]


def _no(table: str, name: str, known: Sequence[str]) -> dict[str, Any]:
    return part(f"config.{table}", name=name, near=near(name, known))


def questions(config: Config, policy: Policy) -> Iterator[dict[str, Any]]:
    """What is allowed and yet perhaps not meant, each a `words.part`."""
    for name, calendar in sorted(policy.calendars.items()):
        spans = [span for day in calendar.weekly.values() for span in day]
        long = sorted({span for span in spans if _length(*span) > LONG_DAY})
        for start, end in long:
            yield part("config.long_day", name=name, start=start, end=end)
    if not policy.pacing:
        yield part("config.no_pacing")
    yield from _websites(config, policy)


def _length(start: str, end: str) -> int:
    """Minutes of a window, which may run past midnight."""
    return (minutes(end) - minutes(start)) % (24 * 60) or 24 * 60


def _never_fits(account: Account, policy: Policy) -> Iterator[dict[str, Any]]:
    if account.network not in REGISTRY:
        return
    adapter, notices = network(account.network), about(account.network).notices
    for kind in KINDS:
        lang = account.lang
        tried = policy.ladder(account.disclaimers, notices, lang, kind)
        sizes = [adapter.render(Content("a"), account, wording) for wording in tried]
        if sizes and all(made.length > made.limit for made in sizes):
            shortest = min(made.length for made in sizes)
            room = {"shortest": shortest, "limit": sizes[0].limit}
            yield part("config.never_fits", kind=part(f"kind.{kind}"), lang=lang, **room)


def _websites(config: Config, policy: Policy) -> Iterator[dict[str, Any]]:
    """Readers of a notice are sent to one place, and the register names another."""
    own = addresses.host(config.company.website)
    for name, domains in sorted(policy.domains.items()):
        named = {addresses.host(url) for url in _addresses(policy, name)} - {""}
        others = {host for host in named if not _one_of(host, domains or (own,))}
        if domains and not _one_of(own, domains):
            others |= {*domains, *named}
        if own and others:
            both = {"website": config.company.website, "others": sorted(others)}
            yield part("config.other_website", name=name, **both)


def _addresses(policy: Policy, name: str) -> Iterator[str]:
    """The website of a set of notices, and what its wordings name."""
    yield policy.websites.get(name, "")
    for key, wordings in policy.ladders.items():
        if key[0] == name:
            for text in wordings:
                yield from (text[start:end] for start, end in addresses.in_text(text))


def _one_of(host: str, domains: Collection[str]) -> bool:
    """Is it one of them, beneath one, or above (the domain itself, for its www)?"""
    return any(addresses.belongs(host, one) or addresses.belongs(one, host) for one in domains)
