"""What the README shows is what the commands print, apart from ids, on the installation as shipped."""

import re
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from commands import Commands
from world import ROOT, World

from publisher.config import Config, load

SIX_IN_THE_MORNING = datetime(2026, 11, 23, 21, 25, 33, tzinfo=UTC)
_NAME = re.compile(
    r"^[0-9a-z]{10}(?=  )|(?<=approve )[0-9a-z]{10}|(?<=urgent )[0-9a-z]{10}\b|(?<=--seen )[0-9a-f]{24}",
    re.MULTILINE,
)


class Shipped(World):
    """config.toml and policy of the demonstration, on a folder of its own."""

    def __init__(self, folder: Path) -> None:
        rules = (ROOT / "policy" / "rules.toml").read_bytes()
        super().__init__(folder, None, policy=lambda files: files.update({"rules.toml": rules}))
        self.clock.at = SIX_IN_THE_MORNING

    def _config(self, *_: object) -> Config:
        return load((ROOT / "config.toml").read_text(), self.folder / "config.toml", {})


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Commands]:
    world = Shipped(tmp_path)
    world.config.file.write_bytes((ROOT / "config.toml").read_bytes())
    try:
        yield Commands(world, monkeypatch)
    finally:
        monkeypatch.undo()
        world.close()


def transcripts() -> Iterator[tuple[str, str]]:
    """Command and answer, of those that the README shows with their answer."""
    for block in re.findall(
        r"^```\n(.*?)^```", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL
    ):
        for part in re.split(r"^\$ publisher ", block, flags=re.MULTILINE)[1:]:
            command = re.match(r"(?:.*\\\n)*.*\n", part)
            assert command is not None
            if answer := part[command.end() :].strip():
                yield command[0].replace("\\\n", " "), answer


def test_the_readme_shows_what_the_commands_print(
    cli: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    def yes(asked: str, **_: object) -> bool:
        print(f"{asked} [y/N]: y")  # noqa: T201  # as a terminal shows the question and its answer
        return True

    monkeypatch.setattr("publisher.cli.exceptions.terminal", lambda: True)
    monkeypatch.setattr("publisher.cli.exceptions.typer.confirm", yes)
    shown, ours = list(transcripts()), {}
    assert len(shown) >= 4
    for typed, answer in shown:
        argv = shlex.split(_NAME.sub(lambda name: ours.get(name[0], name[0]), typed))
        said = cli(*argv, by=None)
        assert said.code == 0, said.err
        there, here = _NAME.findall(answer), _NAME.findall(said.out)
        ours.update(zip(there, here, strict=False))
        assert _NAME.sub(lambda name: ours.get(name[0], name[0]), answer) == said.out.strip()
        cli.world.clock.forward(seconds=20)
