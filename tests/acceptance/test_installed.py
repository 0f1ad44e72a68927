"""The wheel in an empty environment, in an empty folder: nothing of the checkout is at hand."""

import os
import re
import signal
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from installation import ROOT, Installation, free_port


@dataclass
class Installed(Installation):
    """An installation whose program is the one of the wheel."""

    program: Path

    def run(self, *argv: Any, by: str = "ann", **more: Any) -> subprocess.CompletedProcess[Any]:
        settings = {"capture_output": True, "text": True, "timeout": 120, **more}
        argv = (str(self.program), *argv)
        return subprocess.run(argv, cwd=self.folder, env=self.env(by), check=False, **settings)

    def env(self, by: str) -> dict[str, str]:
        kept = {k: v for k, v in super().env(by).items() if not k.startswith("PYTHON")}
        return {**kept, "PYTHONDONTWRITEBYTECODE": "1"}


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`publisher` of the wheel, in an environment that has beside it what the lock names."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=120)
    [wheel] = folder.glob("*.whl")
    venv.create(folder / "venv", with_pip=False, symlinks=True)
    [site] = (folder / "venv" / "lib").glob("python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "venv" / "bin" / "python")]
    options = ["install", "--quiet", "--no-deps", "--no-index", "--no-compile", str(wheel)]
    subprocess.run([*pip, *options], check=True, capture_output=True, timeout=120)
    return folder / "venv" / "bin" / "publisher"


@pytest.fixture
def place(program: Path, tmp_path: Path) -> Installed:
    """What `init` writes for somebody who tries it, on ports of its own and with no undo window."""
    made = Installed(tmp_path, free_port(), program)
    options = ("--company=Example", "--website=https://www.example.com", "--zone=Asia/Tokyo JP")
    begun = made.run("init", ".", "--yes", *options)
    assert begun.returncode == 0, begun.stderr
    config, rules = tmp_path / "config.toml", tmp_path / "policy" / "rules.toml"
    text = config.read_text("utf-8").replace("127.0.0.1:8090", f"127.0.0.1:{made.port}")
    text = text.replace("127.0.0.1:8091", "127.0.0.1:0").replace(":8910", ":0")
    config.write_text(re.sub(r"free_space_reserve = \d+", "free_space_reserve = 0", text), "utf-8")
    rules.write_text(rules.read_text("utf-8").replace("seconds = 60", "seconds = 0"), "utf-8")
    return made


@pytest.fixture
def running(place: Installed) -> Iterator[Installed]:
    with (place.folder / "up.log").open("wb") as log:
        argv, by = [str(place.program), "up"], place.env("")
        up = subprocess.Popen(argv, cwd=place.folder, env=by, stdout=subprocess.PIPE, stderr=log)
        assert up.stdout is not None
        said = b""
        for line in up.stdout:
            said += line
            if b"What the networks show" in line:
                break
        try:
            assert b"publisher post" in said, (place.folder / "up.log").read_text()
            yield place
        finally:
            up.send_signal(signal.SIGTERM)
            code = up.wait(90)
            up.stdout.close()
    assert code == 0


def test_the_wheel_alone_is_enough_from_an_empty_folder_to_a_public_post(
    running: Installed,
) -> None:
    assert running.run("config", "check").returncode == 0
    assert running.run("policy", "check").returncode == 0
    written = running.run("post", "Hello from all of us", "--to", "sandbox-board", "--at", "now")
    found = re.search(r"publisher approve (\S+) --seen (\S+)", written.stdout)
    assert found is not None, written.stderr
    approved = running.run("approve", found[1], "--seen", found[2], by="bo")
    assert approved.returncode == 0, approved.stderr
    assert running.becomes(found[1], "published")
    page = requests.get(f"http://127.0.0.1:{running.port}/timeline/discourse", timeout=60)
    assert "Hello from all of us" in page.text
    assert "https://www.example.com" in page.text
    whose = f"{running.program.parent}/python"
    asked = "import publisher; print(publisher.__file__)"
    where = subprocess.check_output([whose, "-c", asked], cwd=running.folder, text=True)
    assert not Path(where).is_relative_to(ROOT)
    assert os.path.commonpath([where, str(running.program)]) == str(running.program.parents[1])


def test_the_manual_page_comes_with_it(program: Path) -> None:
    page = program.parents[1] / "share" / "man" / "man1" / "publisher.1"
    assert page.read_text() == (ROOT / "docs" / "publisher.1").read_text()
