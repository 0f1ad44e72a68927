"""The credentials of the stand-in networks: no secrets, but files like the real ones."""

import os
from collections.abc import Mapping
from pathlib import Path

from publisher.networks.registry import about


def write(name: str, network: str, credentials: Mapping[str, str], folder: Path) -> None:
    """Create the files that `credentials` refer to and that are missing, mode 0600.

    What is there stays as it is. Raises OSError when a folder cannot be written.
    """
    for secret in about(network).secrets:
        kind, _, where = credentials.get(secret.name, "").partition(":")
        path = folder / where
        if kind != "file" or path.exists():
            continue
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(secret.sandbox.format(name=name) + "\n")
