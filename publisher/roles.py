"""Who may do what: one table, one question."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from publisher.content import Account
from publisher.errors import NotFresh, NotPermitted
from publisher.words import either, part

Role = Literal[
    "author", "approver", "duty officer", "moderator", "policy owner", "auditor", "admin", "server"
]
# Those that config.toml gives. "server" nobody has: it is whoever holds the machine.
ROLES: tuple[Role, ...] = (
    "author",
    "approver",
    "duty officer",
    "moderator",
    "policy owner",
    "auditor",
    "admin",
)


# By what somebody is known: the kernel's word or a proof that is fresh; or what they hold, which
# somebody else may have got hold of.
Proof = Literal["own", "token", "login"]


@dataclass(frozen=True)
class Actor:
    """Who acts: the person, their roles, and how the history keeps by what they were known.

    `login` is who the kernel says logged in, when that is somebody else: another person's name, or a
    user who is nobody in the register. `scopes`: of an API token. `lang`: what they read, "" for the
    company's.
    """

    person: str
    roles: frozenset[Role]
    os_user: str
    sample: bool = False
    login: str = ""
    proof: Proof = "own"
    scopes: frozenset[str] = frozenset()
    lang: str = ""


MACHINE = Actor("publisher", frozenset(), "daemon")  # acts by the lifecycle, and may nothing else
NOBODY = Actor("", frozenset(), "")  # who looks before anybody is known


def server(kept: str) -> Actor:
    """Whoever holds the machine: root, or the service's own user. `kept`: how the history keeps them."""
    return Actor("server", frozenset({"server"}), kept)


_ANYONE: frozenset[Role] = frozenset(ROLES)
_WRITERS: frozenset[Role] = frozenset({"author", "approver", "duty officer"})

MAY: Mapping[str, frozenset[Role]] = {
    "read": _ANYONE,
    "write": _WRITERS,
    "edit": _WRITERS,
    "submit": _WRITERS,
    "reschedule": _WRITERS,
    "confirm": _WRITERS,
    "continue": _WRITERS,
    "cancel": _WRITERS,
    "pause": _WRITERS,
    "unpause": _WRITERS,
    "approve": frozenset({"approver", "duty officer"}),
    "return": frozenset({"approver", "duty officer"}),
    "request exception": _WRITERS,
    "grant exception": frozenset({"duty officer"}),
    "review exception": frozenset({"approver", "policy owner", "auditor"}),
    "retract": frozenset({"author", "approver", "duty officer", "moderator"}),
    "measure": frozenset({"approver", "duty officer", "moderator"}),
    "resolve": frozenset({"approver", "duty officer", "moderator"}),
    "stop": _ANYONE | {"server"},
    "resume": frozenset({"duty officer"}),
    "verify accounts": frozenset({"admin", "duty officer"}),
    "connect account": frozenset({"admin"}),
    "activate policy": frozenset({"policy owner"}),
    "confirm config": frozenset({"policy owner"}),
    "confirm policy": frozenset({"policy owner", "approver", "admin"}),
    "audit": frozenset({"auditor", "admin", "policy owner"}),
    "operate": frozenset({"admin"}),
    "recover owner": frozenset({"server"}),
    "sign in": _ANYONE,
    "make token": _ANYONE,
    "manage sign-ins": _ANYONE,
    "manage all sign-ins": frozenset({"admin"}),
}

# What an API token may be used for, by what is said when it is made, whatever else its person may. A verb
# that stands in no line takes the person: nothing is approved, granted, resumed or confirmed by a token.
SCOPES: Mapping[str, frozenset[str]] = {
    "read": frozenset({"read"}),
    "write": frozenset(
        {
            *("write", "edit", "submit", "reschedule", "continue", "cancel", "pause", "unpause"),
            "request exception",
        }
    ),
    "takedown": frozenset({"retract", "measure"}),
    "stop": frozenset({"stop"}),
}
# What a person does by a sign-in that was stored; for every other verb they prove anew who they are.
BY_LOGIN: frozenset[str] = frozenset().union(
    *SCOPES.values(),
    {"return", "review exception", "resolve", "manage sign-ins", "manage all sign-ins"},
)


def said(action: str) -> dict[str, Any]:
    """The action in words, as in "may not …"."""
    return part(f"action.{action.replace(' ', '_')}")


def authorize(actor: Actor, action: str, accounts: Iterable[Account] = ()) -> None:
    """Raises NotPermitted unless one of the actor's roles allows `action` on every account, and so does
    that by which they are known.

    Sample people act on sandbox accounts only.
    """
    allowed = MAY[action]
    if not allowed & actor.roles:
        roles = either(part(f"role.{role.replace(' ', '_')}") for role in sorted(allowed))
        raise NotPermitted("roles.may_not", person=actor.person, action=said(action), roles=roles)
    _by_proof(actor, action)
    for account in accounts:
        if actor.sample and not account.sandbox:
            raise NotPermitted("roles.sample", person=actor.person, account=account.id)


def proved(actor: Actor) -> frozenset[str]:
    """The verbs for which that is enough by which they are known."""
    if actor.proof == "own":
        return frozenset(MAY)
    if actor.proof == "login":
        return BY_LOGIN
    return frozenset().union(SCOPES["read"], *(SCOPES[one] for one in actor.scopes & set(SCOPES)))


def _by_proof(actor: Actor, action: str) -> None:
    if action in proved(actor):
        return
    if actor.proof == "login":
        raise NotFresh(
            "session.fresh_proof",
            person=actor.person,
            action=said(action),
            way=part("session.on_the_server"),
        )
    raise NotPermitted("roles.not_by_token", person=actor.person, action=said(action))


def refuse_another_login(actor: Actor, action: str) -> None:
    """The second of two people is whoever logged in: raises NotPermitted for a borrowed name.

    sudo and su change the user that a command runs as; the kernel's login uid stays.
    """
    if actor.login:
        raise NotPermitted(
            "roles.another_login", login=actor.login, person=actor.person, action=said(action)
        )
