"""Do config.toml, the policy folder and what is registered fit together? For every surface the same."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from apprise import Apprise

from publisher.config import Config, fits
from publisher.desk.parts.pending import OWNER
from publisher.documents import Flaw, placed
from publisher.errors import BadConfig
from publisher.policy import bundle
from publisher.policy.bundle import Policy
from publisher.store.secrets import MissingSecret, resolve_one
from publisher.words import part


def policy(config: Config) -> tuple[dict[str, bytes], Policy]:
    """The policy folder's files, and what they say; raises BadConfig where a name is none of anything."""
    files = bundle.read_folder(config.policy)
    read = bundle.load(files)
    if flaws := fits.unknown(files, config.accounts):
        raise BadConfig(flaws)
    return files, read


def together(config: Config, found: Policy, more: Iterable[Flaw] = ()) -> None:
    """Raises BadConfig where config.toml and the policy do not fit, and for `more`, by line."""
    text = config.file.read_text("utf-8")
    if flaws := placed(text, config.file.name, [*fits.wrong(config, found), *more]):
        raise BadConfig(flaws)


def questions(config: Config, env: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Of config.toml: what is allowed and yet perhaps not meant, each a `words.part`."""
    for where, reference in _notified(config):
        try:
            resolve_one(reference, config.folder, env)
        except MissingSecret as missing:
            yield part("config.not_here", where=".".join(where), problems=missing.problems)
    yield from _too_few_owners(config)


def _notified(config: Config) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every reference to an address, and where it stands in the file."""
    for role, references in config.notify.items():
        yield from ((("notify", role), one) for one in references)
    for person in config.people.values():
        yield from ((("people", person.id, "notify"), one) for one in person.notify)


def told_nowhere(config: Config, env: Mapping[str, str]) -> Iterator[Flaw]:
    """Addresses of people whose scheme nobody knows."""
    for where, reference in _notified(config):
        try:
            address = resolve_one(reference, config.folder, env)
        except MissingSecret:
            continue  # only the daemon needs it, and may have another environment
        if not Apprise().add(address):
            yield where, part("config.no_messages_there", reference=reference)


def _too_few_owners(config: Config) -> Iterator[dict[str, Any]]:
    """With real accounts somebody has to be there who can confirm, also for the one who usually does."""
    owners = [
        p.id for p in config.people.values() if OWNER in p.kept and p.os_users and not p.sample
    ]
    if len(owners) > 1 or all(account.sandbox for account in config.accounts.values()):
        return
    yield part("config.one_owner", person=owners[0]) if owners else part("config.no_owner")
