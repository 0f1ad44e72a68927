"""A real installation in a folder of its own: the shipped configuration, on other ports."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PUBLISHER = [sys.executable, "-m", "publisher"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Installation:
    """A folder of its own, with the shipped configuration on other ports."""

    folder: Path
    port: int

    def run(
        self, *argv: str | bytes, by: str = "ann", **more: Any
    ) -> subprocess.CompletedProcess[Any]:
        settings = {"capture_output": True, "text": True, "timeout": 180, **more}
        return subprocess.run(
            [*PUBLISHER, *argv], cwd=self.folder, env=self.env(by), check=False, **settings
        )

    def env(self, by: str) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("PUBLISHER_")}
        own = {"PYTHONPATH": str(ROOT), "XDG_CONFIG_HOME": str(self.folder)}
        return {**kept, **own, "PUBLISHER_AS": by}

    def json(self, *argv: str, by: str = "ann") -> Any:
        ended = self.run(*argv, "--json", by=by)
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout)

    def state(self, name: str) -> str:
        [row] = self.json("show", name)["deliveries"]
        return str(row["state"])

    def becomes(self, name: str, state: str, seconds: float = 90) -> bool:
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            if self.state(name) == state:
                return True
        return False


def installed(folder: Path) -> Installation:
    """The shipped configuration and policy in this folder, on a port of its own, with no undo window."""
    port = free_port()
    config = (ROOT / "config.toml").read_text("utf-8")
    config = config.replace("127.0.0.1:8090", f"127.0.0.1:{port}")
    config = config.replace("127.0.0.1:8091", "127.0.0.1:0").replace(":8910", ":0")
    config = re.sub(r"free_space_reserve = \d+", "free_space_reserve = 0", config)
    (folder / "config.toml").write_text(config, "utf-8")
    (folder / "policy").mkdir()
    for file in (ROOT / "policy").iterdir():
        words = file.read_text("utf-8")
        if file.name == "rules.toml":  # no undo window, so that nobody has to wait for its end
            words = words.replace("seconds = 60", "seconds = 0")
        (folder / "policy" / file.name).write_text(words, "utf-8")
    return Installation(folder, port)
