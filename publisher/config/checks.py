"""What the shape of config.toml cannot say: whether its parts fit together and hold no secret."""

import ipaddress
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from pydantic import ValidationError

from publisher import addresses
from publisher.config.file import AccountTable, File, PersonTable
from publisher.documents import nearest
from publisher.networks import OPTION_SHAPES, OPTIONS, REGISTRY, SECRETS
from publisher.roles import ROLES
from publisher.words import languages

LEASE_MARGIN = 10  # seconds between the end of the last possible send and the end of its lease

Flaw = tuple[Sequence[str], str]

_NAME = re.compile(r"[a-z0-9-]{1,50}")
_REFERENCE = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*|file:.+")
_OWN_SITE = ("wordpress", "discourse")  # no one host serves these: the address must be given
_BY_REFERENCE = "Write env:NAME or file:PATH; the secret itself never stands in this file."


def check(text: str, folder: Path, env: Mapping[str, str]) -> list[Flaw]:
    """Everything that is wrong with a document, also where other parts of it have no valid shape.

    Each problem is where it stands (keys) and what to do; none repeats a value that may be secret.
    """
    with suppress(tomllib.TOMLDecodeError, RecursionError):
        file = _readable(tomllib.loads(text))
        if file is not None:
            names = _people_named(tomllib.loads(text))
            machine = [*_machine(file, folder, env), *_secrets_apart(file, folder)]
            return [*machine, *_accounts(file), *_people(file, names)]
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


def _people_named(data: Mapping[str, object]) -> list[str]:
    people = data.get("people")
    return list(people) if isinstance(people, dict) else []


def _machine(file: File, folder: Path, env: Mapping[str, str]) -> Iterator[Flaw]:
    data, witness = (folder / file.data).resolve(), (folder / file.witness).resolve()
    if witness == data or data in witness.parents:
        yield (
            ("witness",),
            (
                "witness is inside the data directory. It is there to notice a restored data "
                "directory, so it must not be restored with it. Choose another folder."
            ),
        )
    least = file.daemon.send_deadline + LEASE_MARGIN
    if file.daemon.lease < least:
        yield (
            ("daemon", "lease"),
            (
                f"daemon.lease is {file.daemon.lease} s: a send could outlast its claim, and none "
                f"could say whether the post is out. Set it to {least} or more."
            ),
        )
    yield from _ledger_key(file.ledger.key)
    yield from _database(file.database, env)
    yield from _health(file.daemon.health)
    for role, references in file.notify.items():
        if role != "default" and role not in ROLES:
            yield ("notify", role), f'"{role}" is no role.{nearest(role, [*ROLES, "default"])}'
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
        yield (
            ("outbound", "ca_file"),
            "There is no such file. Name a PEM file with the authorities.",
        )


def _ledger_key(reference: str) -> Iterator[Flaw]:
    if reference and not re.fullmatch(r"file:.+", reference):
        yield (
            ("ledger", "key"),
            (
                "Write file:PATH: a file that holds nothing but the key, mode 0600. Left out, it "
                "lies in the witness folder."
            ),
        )


def _database(setting: str, env: Mapping[str, str]) -> Iterator[Flaw]:
    where = ("database",)
    if setting.startswith("env:"):
        name = setting.removeprefix("env:")
        if not env.get(name):
            yield where, f"database is {setting}, and the environment variable {name} is not set."
            return
        setting = env[name]
    elif _split(setting).password:
        yield (
            where,
            "database holds a password. Put the whole address behind a reference: env:NAME.",
        )
        return
    if setting in ("sqlite:///", "sqlite:///:memory:"):
        yield where, "database needs a file: everything that was queued would be gone at the end."
    elif not setting.startswith(("sqlite:///", "postgresql+psycopg://")):
        yield (
            where,
            (
                "database must start with sqlite:/// or postgresql+psycopg://, or be env:NAME. "
                "The default is sqlite:///{data}/publisher.db."
            ),
        )


def _health(setting: str) -> Iterator[Flaw]:
    host, _, port = setting.rpartition(":")
    if not (_loopback(host) and port.isascii() and port.isdigit() and 0 <= int(port) < 65_536):
        yield (
            ("daemon", "health"),
            (
                f"daemon.health is {setting}; it must be an address of this machine with a port, "
                "such as 127.0.0.1:8091."
            ),
        )


def _accounts(file: File) -> Iterator[Flaw]:
    seen: dict[tuple[str, str, str], str] = {}
    for name, account in file.accounts.items():
        where = ("accounts", name)
        yield from _name(where, "account")
        if account.network not in REGISTRY:
            near = nearest(account.network, list(REGISTRY))
            yield (*where, "network"), f'no network is called "{account.network}".{near}'
            continue
        first = seen.setdefault(_identity(account), name)
        if first != name:
            yield (
                (*where, "user_id"),
                f"this is the same account as {first}. Registered twice, it could post twice.",
            )
        if not re.fullmatch("[0-9]+", account.user_id):
            yield (
                (*where, "user_id"),
                (
                    f'"{account.user_id}" is no number. The network\'s own number of the account is '
                    "meant, not its @name: publisher accounts verify says it."
                ),
            )
        yield from _base_url((*where, "base_url"), account)
        yield from _web((*where, "public_url"), account.public_url)
        yield from _credentials((*where, "credentials"), account)
        yield from _options((*where, "options"), account)


def _secrets_apart(file: File, folder: Path) -> Iterator[Flaw]:
    """A stand-in on this machine is anybody's program: it is not sent what opens a real account."""
    real = {
        _source(reference, folder): name
        for name, account in file.accounts.items() if not account.sandbox
        for reference in account.credentials.values()
    }  # fmt: skip
    for name, account in file.accounts.items():
        for key, reference in account.credentials.items():
            if account.sandbox and (owner := real.get(_source(reference, folder))):
                yield (
                    ("accounts", name, "credentials", key),
                    f"this is a credential of {owner}, a real account. A sandbox account gets its own.",
                )


def _source(reference: str, folder: Path) -> str:
    """Where a secret is, however it is written."""
    kind, _, where = reference.partition(":")
    return f"file:{(folder / where).resolve()}" if kind == "file" else reference


def _identity(account: AccountTable) -> tuple[str, str, str]:
    """What two registrations of one account have in common, however they are written.

    X and Facebook number all their accounts in one row, whatever name their API is called by.
    """
    parts = _split(account.base_url)
    host = addresses.idna(parts.hostname or "")
    port = "" if parts.port in (None, 80, 443) else f":{parts.port}"
    if account.network not in _OWN_SITE and not _loopback(host):
        return account.network, "", account.user_id.lstrip("0")
    return account.network, f"{host}{port}{parts.path.rstrip('/')}", account.user_id.lstrip("0")


def _base_url(where: Sequence[str], account: AccountTable) -> Iterator[Flaw]:
    url = account.base_url
    if not url:
        if account.sandbox or account.network in _OWN_SITE:
            need = "a sandbox account" if account.sandbox else f"a {account.network} account"
            yield where, f"{need} needs base_url, the address of its API."
        return
    yield from _web(where, url)
    at_home = _loopback(_split(url).hostname or "")
    if account.sandbox and not at_home:
        yield (
            where,
            "a sandbox account must stay on this machine: base_url must be http://127.0.0.1:…",
        )
    elif not at_home and _split(url).scheme == "http":
        yield (
            where,
            "base_url must be https: over http anyone on the way could read the credentials.",
        )


def _credentials(where: Sequence[str], account: AccountTable) -> Iterator[Flaw]:
    needed = SECRETS[account.network]
    for key in needed:
        if key not in account.credentials:
            yield (
                where,
                f"credentials.{key} is missing: {account.network} needs {', '.join(needed)}.",
            )
    for key, value in account.credentials.items():
        if key not in needed:
            yield (*where, key), f'unknown credential "{key}".{nearest(key, needed)}'
        yield from _references((*where, key), [value])


def _options(where: Sequence[str], account: AccountTable) -> Iterator[Flaw]:
    known = {option.rstrip("?"): option.endswith("?") for option in OPTIONS[account.network]}
    for key in account.options:
        if key not in known:
            hint = nearest(key, list(known)) or f" {account.network} has none."
            yield (*where, key), f'unknown option "{key}".{hint}'
            continue
        shape, what = OPTION_SHAPES.get(key, (None, ""))
        if shape is not None and not shape.fullmatch(account.options[key]):
            yield (*where, key), f'"{account.options[key]}" is not {what}.'
    for key, optional in known.items():
        if not optional and key not in account.options:
            yield where, f"options.{key} is missing."


def _people(file: File, names: Sequence[str]) -> Iterator[Flaw]:
    owners: dict[str, str] = {}
    for name, person in file.people.items():
        where = ("people", name)
        yield from _name(where, "person")
        yield from _person(where, person)
        if person.deputy and (person.deputy == name or person.deputy not in names):
            others = [other for other in names if other != name]
            near = nearest(person.deputy, others)
            yield (*where, "deputy"), f'no other person is called "{person.deputy}".{near}'
        yield from _lang((*where, "lang"), person.lang)
        for user in person.os_users:
            first = owners.setdefault(user, name)
            if first != name:
                yield (
                    (*where, "os_users"),
                    (
                        f'the operating-system user "{user}" is already {first}. '
                        "One user is one person, or nobody could tell who approved what."
                    ),
                )


def _person(where: Sequence[str], person: PersonTable) -> Iterator[Flaw]:
    for role in person.roles:
        if role not in ROLES:
            yield (*where, "roles"), f'no role is called "{role}".{nearest(role, ROLES)}'
    if person.sample and person.os_users:
        yield (
            (*where, "os_users"),
            (
                "a sample person is nobody in particular and may not have os_users. "
                "Make a person of your own without sample = true."
            ),
        )
    yield from _references((*where, "notify"), person.notify)


def _name(where: Sequence[str], what: str) -> Iterator[Flaw]:
    if not _NAME.fullmatch(where[-1]):
        yield (
            where,
            (f'"{where[-1]}" cannot name {what}s: use 1 to 50 of the characters a-z, 0-9 and "-".'),
        )


def _references(where: Sequence[str], values: Sequence[str]) -> Iterator[Flaw]:
    for value in values:
        if not _REFERENCE.fullmatch(value):
            yield where, f"{'.'.join(where)} is not a reference. {_BY_REFERENCE}"


def _lang(where: Sequence[str], lang: str) -> Iterator[Flaw]:
    if lang and lang not in languages():
        known = ", ".join(sorted(languages()))
        yield where, f'there are no sentences in "{lang}", only in {known}.'


def _web(where: Sequence[str], url: str) -> Iterator[Flaw]:
    parts = _split(url)
    if url and (parts.scheme not in ("http", "https") or not parts.hostname):
        yield where, f"{'.'.join(where)} must be an address that starts with https:// (or http://)."
    elif parts.username or parts.password:
        yield where, f"{'.'.join(where)} holds a user or password. Take it out. {_BY_REFERENCE}"


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  # reading it is what validates it
    except ValueError:
        return SplitResult("", "", "", "", "")
    return parts


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
