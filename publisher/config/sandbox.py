"""The credentials of the stand-in networks: no secrets, but files like the real ones."""

import os
from collections.abc import Mapping
from pathlib import Path

_VALUES: Mapping[str, Mapping[str, str]] = {
    "x": {
        "consumer_key": "sandbox",
        "consumer_secret": "sandbox",
        "access_token": "sandbox-{name}",
        "access_token_secret": "sandbox",
    },
    "facebook": {"access_token": "sandbox-{name}"},
    "wordpress": {"username": "{name}", "password": "sandbox-{name}"},
    "discourse": {"api_key": "sandbox-{name}", "api_username": "{name}"},
}


def write(name: str, network: str, credentials: Mapping[str, str], folder: Path) -> None:
    """Create the files that `credentials` refer to and that are missing, mode 0600.

    What is there stays as it is. Raises OSError when a folder cannot be written.
    """
    for field, template in _VALUES[network].items():
        kind, _, where = credentials[field].partition(":")
        path = folder / where
        if kind != "file" or path.exists():
            continue
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(template.format(name=name) + "\n")
