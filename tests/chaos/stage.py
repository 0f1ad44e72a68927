"""Where it happens: a sandbox of its own, a company with several accounts per network, a folder."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from publisher.app import App
from publisher.config import Config, read
from publisher.daemon import prepare
from publisher.networks.registry import about
from publisher.roles import Actor
from publisher.sandbox import PREFIXES, user_id

ROOT = Path(__file__).parents[2]
NETWORKS = tuple(PREFIXES)
ANN = Actor("ann", frozenset({"author"}), "chaos", sample=True)
BO = Actor("bo", frozenset({"approver"}), "chaos", sample=True)
CY = Actor("cy", frozenset({"duty officer"}), "chaos", sample=True)
EVE = Actor("eve", frozenset({"policy owner"}), "chaos", sample=True)
GUS = Actor("gus", frozenset({"admin"}), "chaos", sample=True)
DATABASE = "CHAOS_DATABASE"  # the environment variable that config.toml names

STORMY = ("workers = 16", "send_deadline = 3", "lease = 13", "look_again = [0.2, 1, 3]")
PACING = "lateness_minutes = 240\n" + "".join(
    f"[networks.{name}]\ngap_minutes = 0\n" for name in NETWORKS
)


@dataclass
class Stage:
    """The folder, the sandbox's address, and the desk's own way into the database."""

    folder: Path
    url: str
    app: App

    @property
    def config(self) -> Config:
        return self.app.config

    def ask(self, path: str, **params: Any) -> Any:
        """Read from the sandbox's control API."""
        found = requests.get(f"{self.url}/_sandbox/{path}", params=params, timeout=20)
        found.raise_for_status()
        return found.json()

    def tell(self, path: str, **fields: Any) -> requests.Response:
        """Order something from the sandbox."""
        return requests.post(f"{self.url}/_sandbox/{path}", json=fields, timeout=20)

    def address(self, account: str, remote_id: str) -> str:
        """An address in which the network's own id stands, as a person would copy it."""
        there = self.config.accounts[account].account()
        return about(there.network).permalink.write(remote_id, there)


def config_text(url: str, accounts: Mapping[str, str], daemon: Sequence[str]) -> str:
    """A config.toml with these accounts (name -> network), every one on an open calendar."""
    lines = [f'database = "env:{DATABASE}"', "[company]", 'name = "Example"', "[daemon]", *daemon]
    for name, network in accounts.items():
        lines += [
            f"[accounts.{name}]",
            f'network = "{network}"',
            'calendar = "always"',
            'disclaimers = "standard"',
            'lang = "en"',
            f'user_id = "{user_id(network, name)}"',
            f'base_url = "{url}{PREFIXES[network]}"',
            'owner = "Comms"',
            "sandbox = true",
            f"[accounts.{name}.credentials]",
            *(f'{one.name} = "file:secrets/{name}.{one.name}"' for one in about(network).secrets),
        ]
    for person in (ANN, BO, CY, EVE, GUS):
        roles = ", ".join(f'"{role}"' for role in sorted(person.roles))
        lines += [
            f"[people.{person.person}]",
            f'name = "{person.person}"',
            f"roles = [{roles}]",
            "sample = true",
        ]
    return "\n".join(lines) + "\n"


def write_policy(folder: Path) -> None:
    """The shipped policy without undo window and pacing, and late enough for any storm."""
    shutil.copytree(ROOT / "policy", folder / "policy")
    rules = folder / "policy" / "rules.toml"
    shipped = rules.read_text()
    assert "seconds = 60" in shipped
    rules.write_text(shipped.replace("seconds = 60", "seconds = 0"))
    (folder / "policy" / "pacing.toml").write_text(PACING)


def start_sandbox() -> tuple["subprocess.Popen[str]", str]:
    """A sandbox process on a port of its own, and its address; twins are allowed everywhere."""
    child = subprocess.Popen(
        [sys.executable, "-m", "publisher.sandbox", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    url = child.stdout.readline().rpartition("Sandbox: ")[2].strip()
    settings = {"x_duplicate_seconds": 0, "facebook_duplicates": 1}
    requests.post(f"{url}/_sandbox/settings", json=settings, timeout=10).raise_for_status()
    return child, url


def build(
    folder: Path,
    url: str,
    database: str,
    accounts: Mapping[str, str],
    *,
    daemon: Sequence[str] = STORMY,
) -> Stage:
    """Everything that a daemon needs to start, and an App to act at the desk with."""
    write_policy(folder)
    path = folder / "config.toml"
    always = ["free_space_reserve = 0", 'health = "127.0.0.1:0"']
    path.write_text(config_text(url, accounts, [*daemon, *always]))
    os.environ[DATABASE] = database or f"sqlite:///{folder}/data/publisher.db"
    return Stage(folder, url, prepare(read(path, os.environ)))
