"""A new installation: the shipped config.toml and policy, with what is asked at first written into them."""

import json
import pwd
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from publisher import addresses, clock
from publisher.config import Config, fits, load
from publisher.documents import near, placed, why_unfit
from publisher.errors import BadConfig, Conflict, Problem, Usage
from publisher.networks.about import Secret
from publisher.networks.registry import REGISTRY
from publisher.policy import bundle
from publisher.policy.holidays import from_library
from publisher.roles import Role
from publisher.words import Part, languages, part

SANDBOX = "sandbox"
NEEDED: Mapping[Role, int] = {"author": 1, "approver": 1, "duty officer": 1, "policy owner": 2}

_CONFIG, _POLICY = "config.toml", "policy"
_STAND_INS, _PEOPLE, _SAMPLES = "[accounts.sandbox-x]", "# ------", "[people.ann]"
_AS_SHIPPED = re.compile(r"^#\n# As shipped .*\n(?:# .+\n)*", re.MULTILINE)
_LANG = re.compile(r"^# lang = .*", re.MULTILINE)  # the company's comes first
_DEMONSTRATION = "# The bulletin board of the demonstration"  # begins its own calendar
# Where the shipped systemd units keep things.
_OF_UNITS = {
    "data": "/var/lib/publisher/data",
    "witness": "/var/lib/publisher-witness",
    "socket": "/run/publisher-desk/desk.sock",
}

Written = dict[str, str]  # the text of each file, by its path below the installation's folder


@dataclass(frozen=True)
class First:
    """What is asked at first, as it was answered.

    `zone`: a time zone, and maybe whose public holidays: `Asia/Tokyo JP`. `account`: `sandbox`, or a
    network, the account's number there and maybe its address: `wordpress 3 https://blog.example.com`.
    `admin`: the operating-system user of the first administrator. `units`: run by the shipped systemd
    units, which keep data and secrets where they say.
    """

    lang: str
    company: str
    website: str
    zone: str
    account: str
    admin: str
    units: bool = False


def check(name: str, given: str) -> None:
    """Is this an answer to the question of that name? Raises Usage, with what is off."""
    if problem := _CHECKS[name](given):
        raise Usage("problem.plain", field=name, said=problem)


def _lang(given: str) -> Part | None:
    known = sorted(languages())
    return None if given in known else part("config.no_sentences", lang=given, known=known)


def _company(given: str) -> Part | None:
    return None if given and given.isprintable() else part("init.one_line")


def _website(given: str) -> Part | None:
    return None if addresses.host(given) else part("wordings.no_address", website=given)


def _zone(given: str) -> Part | None:
    zone, _, holidays = given.partition(" ")
    if not clock.zone_exists(zone):
        close = near(zone, clock.zone_names(), instead=part("opening.write_zone"))
        return part("opening.no_zone", zone=zone, near=close)
    try:
        if holidays:
            from_library(holidays, observed=True)
    except ValueError as error:
        return why_unfit(error)
    return None


def _account(given: str) -> Part | None:
    network, number, url = _words(given)
    if given == SANDBOX:
        return None
    if network not in REGISTRY:
        return part("config.no_network", network=network, near=near(network, [SANDBOX, *REGISTRY]))
    if not (number.isascii() and number.isdigit()):
        return part("config.no_number", given=number)
    if not url and not REGISTRY[network].host:
        return part("config.needs_url", network=network)
    return part("config.unencrypted") if url and not url.startswith("https://") else None


def _admin(given: str) -> Part | None:
    with suppress(KeyError):
        pwd.getpwnam(given)
        return None
    return part("init.no_user", user=given)


_CHECKS: Mapping[str, Callable[[str], Part | None]] = {
    "lang": _lang,
    "company": _company,
    "website": _website,
    "zone": _zone,
    "account": _account,
    "admin": _admin,
}


def _words(account: str) -> tuple[str, str, str]:
    network, _, rest = account.partition(" ")
    number, _, url = rest.partition(" ")
    return network, number, url


def demonstration() -> Written:
    """What is shipped: stand-in networks on this machine and sample people."""
    shipped = files("publisher") / "shipped"
    policy = sorted((shipped / _POLICY).iterdir(), key=lambda one: one.name)
    texts = {f"{_POLICY}/{one.name}": one.read_text("utf-8") for one in policy}
    return {**texts, _CONFIG: (shipped / _CONFIG).read_text("utf-8")}


def installation(first: First) -> Written:
    """The same for a company of one's own, with its first administrator."""
    made = demonstration()
    made[_CONFIG] = _config(made[_CONFIG], first)
    calendars, notices = f"{_POLICY}/calendars.toml", f"{_POLICY}/disclaimers.toml"
    if first.account != SANDBOX:
        made[calendars] = made[calendars].partition(_DEMONSTRATION)[0].rstrip() + "\n"
    zone, _, holidays = first.zone.partition(" ")
    made[calendars] = _saying(made[calendars], {"zone": zone, "holidays": holidays})
    made[notices] = _saying(made[notices], {"website": first.website})
    domain = addresses.host(first.website).removeprefix("www.")
    made[notices] = _saying(made[notices], {"domains": [domain]})
    return made


def _config(shipped: str, first: First) -> str:
    top, _, rest = shipped.partition(_STAND_INS)
    stand_ins, _, people = rest.partition(_PEOPLE)
    values = {"name": first.company, "website": first.website, **(_OF_UNITS if first.units else {})}
    top = _saying(_AS_SHIPPED.sub("", top), values)
    top = _LANG.sub(_line("lang", first.lang), top, count=1)
    if first.account == SANDBOX:
        accounts = _saying(_STAND_INS + stand_ins, {"lang": first.lang})
    else:
        accounts = _real(first) + "\n"
        people = people.partition(_SAMPLES)[0]
    return top + accounts + _PEOPLE + people.rstrip() + "\n\n" + _person(first, people)


def _saying(text: str, values: Mapping[str, object]) -> str:
    """With these values in each line that gives one of these keys."""
    lines = text.splitlines()
    for at, line in enumerate(lines):
        key = line.partition(" = ")[0]
        if key in values:
            lines[at] = _line(key, values[key])
    return "\n".join(lines) + "\n"


def _line(key: str, value: object) -> str:
    """`key = value`: what JSON calls a text or a list of texts, TOML does as well."""
    return f"{key} = {json.dumps(value, ensure_ascii=False)}"


def _real(first: First) -> str:
    network, number, url = _words(first.account)
    name = f"{network}-main"
    where = "$CREDENTIALS_DIRECTORY" if first.units else "secrets"
    values = {
        "network": network,
        "calendar": "office",
        "disclaimers": "standard",
        "lang": first.lang,
        "user_id": number,
        **({"base_url": url} if url else {}),
        "owner": first.company,
    }
    secrets = {
        secret.name: f"file:{where}/{name}.{secret.name}" for secret in REGISTRY[network].secrets
    }
    return "\n".join(
        [
            *(f"[accounts.{name}]", *(_line(*one) for one in values.items())),
            *(f"[accounts.{name}.credentials]", *(_line(*one) for one in secrets.items())),
            "",
        ]
    )


def _person(first: First, others: str) -> str:
    """Whoever begins confirms what others are given; that they also approve is for them to write."""
    plain = re.sub(r"[^a-z0-9-]", "-", first.admin.lower())[:40]
    name = f"{plain}-2" if f"[people.{plain}]" in others else plain
    values = {
        "name": _display(first.admin),
        "roles": ["admin", "policy owner"],
        "os_users": [first.admin],
    }
    return "\n".join([f"[people.{name}]", *(_line(*one) for one in values.items()), ""])


def _display(user: str) -> str:
    """What the operating system calls this user in full, where it does."""
    with suppress(KeyError):
        said = pwd.getpwnam(user).pw_gecos.partition(",")[0].strip()
        if said.isprintable():
            return said or user
    return user


def sound(written: Written, folder: Path, env: Mapping[str, str]) -> Config:
    """What these files say in this folder (absolute). Raises BadConfig with every problem at once."""
    config = load(written[_CONFIG], folder / _CONFIG, env)
    policy = {Path(name).name: text.encode() for name, text in written.items() if name != _CONFIG}
    found = fits.unknown(policy, config.accounts)
    found += placed(written[_CONFIG], _CONFIG, list(fits.wrong(config, bundle.load(policy))))
    if found:
        raise BadConfig(found)
    return config


def write(written: Written, folder: Path) -> None:
    """Write the files, for their owner to change and all to read; nothing that is there is touched.

    Raises Conflict where there is something already, Problem where this user cannot write.
    """
    for name in (_CONFIG, _POLICY):
        if (folder / name).exists() or (folder / name).is_symlink():
            raise Conflict("init.there", path=str(folder / name))
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o755)
        (folder / _POLICY).mkdir()
        (folder / _POLICY).chmod(0o755)
        for name, text in written.items():
            (folder / name).touch(exist_ok=False)
            (folder / name).write_text(text, "utf-8")
            (folder / name).chmod(0o644)
    except OSError as error:
        path, why = error.filename or folder, error.strerror or str(error)
        raise Problem("init.unwritten", path=str(path), why=why) from None


def lacks(config: Config) -> list[Part]:
    """The roles that too few people have who are somebody."""
    have = [person for person in config.people.values() if person.os_users and not person.sample]
    return [
        part(f"role.{role.replace(' ', '_')}")
        for role, number in NEEDED.items()
        if sum(role in person.kept for person in have) < number
    ]


def secrets(config: Config) -> Iterator[tuple[str, Secret]]:
    """Where each secret of a real account is looked for, and what is known of it."""
    for account in config.accounts.values():
        if not account.sandbox:
            for secret in REGISTRY[account.network].secrets:
                yield account.credentials[secret.name].removeprefix("file:"), secret
