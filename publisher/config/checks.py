"""What the shape of config.toml cannot say: whether its parts fit together and hold no secret."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlsplit

from pydantic import ValidationError

from publisher import addresses
from publisher.config import door
from publisher.config.door import loopback
from publisher.config.file import AccountTable, File, PersonTable
from publisher.documents import Flaw, near
from publisher.networks.registry import REGISTRY, about
from publisher.roles import ROLES
from publisher.words import languages, part

LEASE_MARGIN = 10  # seconds between the end of the last possible send and the end of its lease

_NAME = re.compile(r"[a-z0-9-]{1,50}")
_REFERENCE = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*|file:.+")


def check(text: str, folder: Path, env: Mapping[str, str]) -> list[Flaw]:
    """Everything that is wrong with a document, also where other parts of it have no valid shape.

    Each problem is where it stands (keys) and what to do; none repeats a value that may be secret.
    """
    with suppress(tomllib.TOMLDecodeError, RecursionError):
        file = _readable(tomllib.loads(text))
        if file is not None:
            names, accounts = (_named(tomllib.loads(text), of) for of in ("people", "accounts"))
            machine = [*_machine(file, folder, env), *_secrets_apart(file, folder)]
            return [*machine, *_accounts(file), *_people(file, names), *_only(file, accounts)]
    return []


def _readable(data: dict[str, object]) -> File | None:
    """The document without unknown keys and without the tables whose shape is wrong else.

    None when nothing can be made of it.
    """
    try:
        return File.model_validate(data)
    except ValidationError as error:
        for item in error.errors():
            top, *rest = item["loc"]
            if item["type"] == "extra_forbidden":
                _without(data, item["loc"])
                continue
            table = data.get(str(top))
            if top in ("accounts", "people") and rest and isinstance(table, dict):
                table.pop(rest[0], None)
            else:
                data.pop(str(top), None)
    data.setdefault("company", {"name": "-"})
    with suppress(ValidationError):
        return File.model_validate(data)
    return None


def _without(data: Any, keys: Sequence[int | str]) -> None:
    *above, last = keys
    for key in above:
        data = data.get(key) if isinstance(data, dict) else None
    if isinstance(data, dict):
        data.pop(last, None)


def _named(data: Mapping[str, object], of: str) -> list[str]:
    tables = data.get(of)
    return list(tables) if isinstance(tables, dict) else []


def _machine(file: File, folder: Path, env: Mapping[str, str]) -> Iterator[Flaw]:
    data, witness = (folder / file.data).resolve(), (folder / file.witness).resolve()
    if witness == data or data in witness.parents:
        yield ("witness",), part("config.witness_inside")
    least = file.daemon.send_deadline + LEASE_MARGIN
    if file.daemon.lease < least:
        said = part("config.short_lease", lease=file.daemon.lease, least=least)
        yield ("daemon", "lease"), said
    yield from _ledger_key(file.ledger.key)
    yield from _vault_key(file.vault.key, folder, data)
    yield from _database(file.database, env)
    yield from _health(file.daemon.health)
    yield from door.flaws(file.desk, folder)
    for role, references in file.notify.items():
        if role != "default" and role not in ROLES:
            hint = near(role, [*ROLES, "default"])
            yield ("notify", role), part("config.no_notify_role", role=role, near=hint)
        yield from _references(("notify", role), references)
    yield from _way_out(file, folder)
    if file.heartbeat and not _REFERENCE.fullmatch(file.heartbeat.url):
        yield from _web(("heartbeat", "url"), file.heartbeat.url)
    yield from _web(("company", "website"), file.company.website)
    yield from _lang(("company", "lang"), file.company.lang)


def _way_out(file: File, folder: Path) -> Iterator[Flaw]:
    proxy, ca_file = file.outbound.proxy, file.outbound.ca_file
    if proxy and not _REFERENCE.fullmatch(proxy):
        yield from _web(("outbound", "proxy"), proxy)
    if ca_file and not (folder / ca_file).is_file():
        yield ("outbound", "ca_file"), part("config.no_ca_file")


def _ledger_key(reference: str) -> Iterator[Flaw]:
    if reference and not re.fullmatch(r"file:.+", reference):
        yield ("ledger", "key"), part("config.ledger_key")


def _vault_key(reference: str, folder: Path, data: Path) -> Iterator[Flaw]:
    """Whoever copies the data must not have copied the key with it."""
    kind, _, where = reference.partition(":")
    if reference and not _REFERENCE.fullmatch(reference):
        yield ("vault", "key"), part("config.vault_key")
    elif kind == "file" and (folder / where).resolve().is_relative_to(data):
        yield ("vault", "key"), part("config.vault_inside")


def _database(setting: str, env: Mapping[str, str]) -> Iterator[Flaw]:
    where = ("database",)
    if setting.startswith("env:"):
        name = setting.removeprefix("env:")
        if not env.get(name):
            yield where, part("config.database_unset", setting=setting, name=name)
            return
        setting = env[name]
    elif _holds_password(setting):
        yield where, part("config.database_password")
        return
    if setting in ("sqlite:///", "sqlite:///:memory:"):
        yield where, part("config.database_file")
    elif not setting.startswith(("sqlite:///", "postgresql+psycopg://")):
        # As a value, for its braces are no place for one.
        yield where, part("config.database_kind", default=File.model_fields["database"].default)


def _holds_password(setting: str) -> bool:
    """Before the host, or as a parameter, which libpq takes as well (PostgreSQL, 34.1.2)."""
    parts = _split(setting)
    return bool(parts.password) or any(
        name.casefold() in ("password", "sslpassword") for name, _ in parse_qsl(parts.query)
    )


def _health(setting: str) -> Iterator[Flaw]:
    host, _, port = setting.rpartition(":")
    if not (loopback(host) and port.isascii() and port.isdigit() and 0 <= int(port) < 65_536):
        yield ("daemon", "health"), part("config.health", setting=setting)


def _accounts(file: File) -> Iterator[Flaw]:
    seen: dict[tuple[str, str, str], str] = {}
    for name, account in file.accounts.items():
        where = ("accounts", name)
        yield from _name(where, "account")
        if account.network not in REGISTRY:
            hint = near(account.network, list(REGISTRY))
            said = part("config.no_network", network=account.network, near=hint)
            yield (*where, "network"), said
            continue
        first = seen.setdefault(_identity(account), name)
        if first != name:
            yield (*where, "user_id"), part("config.same_account", first=first)
        if not re.fullmatch("[0-9]+", account.user_id):
            yield (*where, "user_id"), part("config.no_number", given=account.user_id)
        yield from _base_url((*where, "base_url"), account)
        yield from _web((*where, "public_url"), account.public_url)
        yield from _credentials((*where, "credentials"), account)
        yield from _options((*where, "options"), account)


def _secrets_apart(file: File, folder: Path) -> Iterator[Flaw]:
    """A stand-in on this machine is anybody's program: it is not sent what opens a real account."""
    real = {
        _source(reference, folder): name
        for name, account in file.accounts.items()
        if not account.sandbox
        for reference in account.credentials.values()
    }
    for name, account in file.accounts.items():
        for key, reference in account.credentials.items():
            if account.sandbox and (owner := real.get(_source(reference, folder))):
                said = part("config.shared_credential", owner=owner)
                yield ("accounts", name, "credentials", key), said


def _source(reference: str, folder: Path) -> str:
    """Where a secret is, however it is written."""
    kind, _, where = reference.partition(":")
    return f"file:{(folder / where).resolve()}" if kind == "file" else reference


def _identity(account: AccountTable) -> tuple[str, str, str]:
    """What two registrations of one account have in common, however they are written.

    A network that is one place numbers all its accounts in one row, whatever name its API is called by.
    """
    parts = _split(account.base_url)
    host = addresses.idna(parts.hostname or "")
    port = "" if parts.port in (None, 80, 443) else f":{parts.port}"
    if about(account.network).host and not loopback(host):
        return account.network, "", account.user_id.lstrip("0")
    return account.network, f"{host}{port}{parts.path.rstrip('/')}", account.user_id.lstrip("0")


def _base_url(where: Sequence[str], account: AccountTable) -> Iterator[Flaw]:
    url = account.base_url
    if not url:
        if account.sandbox:
            yield where, part("config.sandbox_needs_url")
        elif not about(account.network).host:
            yield where, part("config.needs_url", network=account.network)
        return
    yield from _web(where, url)
    at_home = loopback(_split(url).hostname or "")
    if account.sandbox and not at_home:
        yield where, part("config.sandbox_at_home")
    elif not at_home and _split(url).scheme == "http":
        yield where, part("config.unencrypted")


def _credentials(where: Sequence[str], account: AccountTable) -> Iterator[Flaw]:
    """All of them, or none: then they are in the vault, once somebody has connected the account."""
    needed = {secret.name: secret.how for secret in about(account.network).secrets}
    for key, how in needed.items() if account.credentials else ():
        if key not in account.credentials:
            named = {"network": account.network, "needed": list(needed)}
            yield where, part("config.no_credential", key=key, how=how, **named)
    for key, value in account.credentials.items():
        if key not in needed:
            said = part("config.unknown_credential", key=key, near=near(key, list(needed)))
            yield (*where, key), said
        yield from _references((*where, key), [value])


def _options(where: Sequence[str], account: AccountTable) -> Iterator[Flaw]:
    known = {option.name: option for option in about(account.network).options}
    for key in account.options:
        if key not in known:
            none = part("config.no_options", network=account.network)
            hint = near(key, list(known)) or none
            yield (*where, key), part("config.unknown_option", key=key, near=hint)
            continue
        given, option = account.options[key], known[key]
        if not option.shape.fullmatch(given):
            yield (*where, key), part("config.no_such_value", given=given, what=option.what)
    for key, option in known.items():
        if option.required and key not in account.options:
            yield where, part("config.no_option", key=key)


def _people(file: File, names: Sequence[str]) -> Iterator[Flaw]:
    owners: dict[str, str] = {}
    for name, person in file.people.items():
        where = ("people", name)
        yield from _name(where, "person")
        yield from _person(where, person)
        if person.deputy and (person.deputy == name or person.deputy not in names):
            others = [other for other in names if other != name]
            hint = near(person.deputy, others)
            said = part("config.no_deputy", name=person.deputy, near=hint)
            yield (*where, "deputy"), said
        yield from _lang((*where, "lang"), person.lang)
        for user in person.os_users:
            first = owners.setdefault(user, name)
            if first != name:
                yield (*where, "os_users"), part("config.same_user", user=user, first=first)


def _only(file: File, accounts: Sequence[str]) -> Iterator[Flaw]:
    """Roles that are meant for some accounts: of those that the person has, and of accounts there are."""
    for name, person in file.people.items():
        for role, there in person.only.items():
            where = ("people", name, "only", role)
            if role not in person.roles:
                yield where, part("config.only_no_role", role=role, near=near(role, person.roles))
            for account in (one for one in there if one not in accounts):
                hint = near(account, accounts)
                yield where, part("config.only_no_account", name=account, near=hint)


def _person(where: Sequence[str], person: PersonTable) -> Iterator[Flaw]:
    for role in person.roles:
        if role not in ROLES:
            yield (*where, "roles"), part("config.no_role", role=role, near=near(role, ROLES))
    if person.sample and person.os_users:
        yield (*where, "os_users"), part("config.sample_user")
    yield from _references((*where, "notify"), person.notify)


def _name(where: Sequence[str], what: str) -> Iterator[Flaw]:
    if not _NAME.fullmatch(where[-1]):
        yield where, part(f"config.{what}_name", name=where[-1])


def _references(where: Sequence[str], values: Sequence[str]) -> Iterator[Flaw]:
    for value in values:
        if not _REFERENCE.fullmatch(value):
            yield where, part("config.no_reference", where=".".join(where))


def _lang(where: Sequence[str], lang: str) -> Iterator[Flaw]:
    if lang and lang not in languages():
        yield where, part("config.no_sentences", lang=lang, known=sorted(languages()))


def _web(where: Sequence[str], url: str) -> Iterator[Flaw]:
    parts = _split(url)
    if url and (parts.scheme not in ("http", "https") or not parts.hostname):
        yield where, part("config.no_address", where=".".join(where))
    elif parts.username or parts.password:
        yield where, part("config.password", where=".".join(where))


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  # reading it is what validates it
    except ValueError:
        return SplitResult("", "", "", "", "")
    return parts
