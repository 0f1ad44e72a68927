"""Tab in a real shell, set up as the manual page says."""

import os
import pty
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

TYPED = "publisher exception gr"
ASK = {
    "bash": (
        ". ~/.bashrc; COMP_WORDS=(publisher exception gr) COMP_CWORD=2; "
        "_publisher_completion publisher; echo ${COMPREPLY[@]}"
    ),
    "fish": f"complete -C '{TYPED}'",
}


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """Somebody's, with nothing in it yet."""
    beside = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return {"HOME": str(tmp_path), "PATH": beside, "TERM": "dumb", "LC_ALL": "C.UTF-8"}


def run(shell: str, said: str, home: dict[str, str]) -> str:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"no {shell}")
    argv = [program, "-c", f"{said}; true"]  # else it would become what it runs
    return subprocess.run(
        argv, env=home, capture_output=True, text=True, timeout=60, check=True
    ).stdout


@pytest.mark.parametrize("shell", ASK)
def test_what_was_begun_is_completed(shell: str, home: dict[str, str]) -> None:
    run(shell, "publisher --install-completion", home)
    assert run(shell, ASK[shell], home).split()[0] == "grant"


def test_in_zsh_the_first_tab_loads_it_and_the_next_completes(home: dict[str, str]) -> None:
    run("zsh", "publisher --install-completion", home)
    ours, theirs = pty.openpty()
    more = {"env": home, "start_new_session": True}
    with subprocess.Popen(["zsh", "-i"], stdin=theirs, stdout=theirs, stderr=theirs, **more) as zsh:
        os.close(theirs)
        try:
            os.write(ours, b"PS1='rea''dy '\n")
            heard(ours, b"ready ")
            os.write(ours, TYPED.encode() + b"\t\t")
            heard(ours, b"grant ")
        finally:
            zsh.kill()
            zsh.wait(30)
            os.close(ours)


def heard(terminal: int, word: bytes) -> None:
    """Until it says so, within a minute."""
    said, ends = b"", time.monotonic() + 60
    while word not in said.replace(b"\x07", b""):  # the bell
        assert select.select([terminal], [], [], ends - time.monotonic())[0], said
        said += os.read(terminal, 4096)
