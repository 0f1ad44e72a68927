"""Who an account is: the credential names it, and its number follows from its name."""

import hashlib

NETWORKS = ("x", "facebook", "wordpress", "discourse")
PREFIXES = {"x": "/x", "facebook": "/facebook", "wordpress": "/blog", "discourse": "/board"}
_MARK = "sandbox-"


def user_id(network: str, name: str) -> str:
    """The numeric user id (decimal) of account `name` on a stand-in network; always the same."""
    return str(int(hashlib.sha256(f"{network}:{name}".encode()).hexdigest()[:12], 16))


def account_of(credential: str) -> str | None:
    """The account that a credential `sandbox-NAME` acts as, or None for any other credential."""
    name = credential.removeprefix(_MARK)
    return name if name and name != credential else None
