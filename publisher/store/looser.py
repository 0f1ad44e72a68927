"""Which changes of an account or a person act at once, and which wait for a second person.

One table. A field that is not in it counts as loosening, whichever way it changes: another host, user
id, network, notice set or language; `sandbox` and `sample`, because sample people act there for anybody;
`owner` and `display`, because they say whose account it is, and so who may not confirm.
"""

from collections.abc import Callable, Mapping
from typing import Any

from publisher.policy.bundle import Policy
from publisher.policy.compare import narrower
from publisher.roles import ON

Acts = Callable[[Any, Any, Policy | None], Any]


def _new(_old: Any, new: Any, _policy: Policy | None) -> Any:
    return new


def _fewer(old: Any, new: Any, _policy: Policy | None) -> Any:
    return sorted(set(old) & set(new))


def _less(old: Any, new: Any, _policy: Policy | None) -> Any:
    """A role for one account is less than the same role for all."""
    either = sorted({*old, *new})
    return [
        one for one in either if all({one, one.partition(ON)[0]} & set(of) for of in (old, new))
    ]


def _sooner(old: Any, new: Any, _policy: Policy | None) -> Any:
    """Days, "" for none."""
    return min(filter(None, (old, new)), default="")


def _off(old: Any, new: Any, _policy: Policy | None) -> Any:
    return old and new


def _calendar(old: Any, new: Any, policy: Policy | None) -> Any:
    """Another calendar acts at once only where it is never open when the old one is not."""
    known = policy.calendars if policy else {}
    return new if old in known and new in known and narrower(known[old], known[new]) else old


AT_ONCE: Mapping[str, Mapping[str, Acts]] = {
    "account": {
        "calendar": _calendar,
        "credentials": _new,  # who-am-I must still say the same
        "active": _off,
    },
    "person": {
        "roles": _less,
        "os_users": _fewer,
        "until": _sooner,
        "lang": _new,  # what they read, not what they may
    },
}

# What an account or a person that comes anew may do until somebody confirms: nothing.
CLOSED: Mapping[str, Mapping[str, Any]] = {
    "account": {"active": False},
    "person": {"roles": [], "os_users": []},
}


def acting(kind: str, field: str, values: tuple[Any, Any], policy: Policy | None) -> Any:
    """Of a field's (old, new) value, what is in force at once."""
    old, new = values
    acts = AT_ONCE[kind].get(field)
    return acts(old, new, policy) if acts and old != new else old
