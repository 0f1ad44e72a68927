"""[desk] of config.toml: where the desk listens over TCP, and what must be there before it may."""

from pathlib import Path

import pytest

from publisher import config
from publisher.config import Door
from publisher.errors import BadConfig

COMPANY = '[company]\nname = "Example"\n[desk]\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("desk.pem", "desk.key"):
        (tmp_path / name).touch()
    return tmp_path


def door(folder: Path, *lines: str) -> Door | None:
    return config.load(COMPANY + "\n".join(lines), folder / "config.toml", {}).desk.door


def problems(folder: Path, *lines: str) -> list[str]:
    with pytest.raises(BadConfig) as caught:
        door(folder, *lines)
    return [one.partition(": ")[2] for one in caught.value.problems]


def listening(folder: Path, *lines: str) -> Door:
    found = door(folder, *lines)
    assert found is not None
    return found


def test_unless_it_is_told_to_the_desk_listens_on_its_socket_only(folder: Path) -> None:
    assert door(folder) is None


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
def test_on_this_machine_it_takes_nothing_else(folder: Path, host: str) -> None:
    found = listening(folder, f'listen = "{host}:8910"')
    assert (found.host, found.port) == (host.strip("[]"), 8910)
    assert found.hosts == {"localhost", "127.0.0.1", "[::1]"}
    assert not found.encrypted
    assert found.address(8910) == "http://localhost:8910"


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "[::]"])
def test_where_others_reach_it_what_they_send_must_be_unreadable(folder: Path, host: str) -> None:
    there = f'listen = "{host}:443"'
    assert "would be readable on the way" in problems(folder, there)[0]
    files = 'certificate = "desk.pem"\nkey = "desk.key"'
    assert "say in hosts by which names" in problems(folder, there, files)[0]
    found = listening(folder, there, files, 'hosts = ["Desk.example.org"]')
    assert (found.certificate, found.key) == (folder / "desk.pem", folder / "desk.key")
    assert found.hosts == {"desk.example.org"}
    assert found.address(443) == "https://desk.example.org:443"


def test_a_proxy_in_front_of_it_speaks_tls_for_it(folder: Path) -> None:
    behind = 'behind = "https://desk.example.org"'
    found = listening(folder, 'listen = "192.0.2.1:8910"', behind, 'proxies = ["192.0.2.0/24"]')
    assert found.encrypted
    assert found.address(8910) == "https://desk.example.org"
    assert "desk.example.org" in found.hosts
    assert [str(one) for one in found.proxies] == ["192.0.2.0/24"]


def test_without_a_word_the_proxy_is_on_this_machine(folder: Path) -> None:
    found = listening(folder, 'listen = "127.0.0.1:8910"', 'behind = "https://desk.example.org/"')
    assert [str(one) for one in found.proxies] == ["127.0.0.1/32", "::1/128"]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('listen = "localhost:8910"', "an address in numbers"),
        ('listen = "127.0.0.1"', "an address in numbers"),
        ('listen = "127.0.0.1:70000"', "an address in numbers"),
        ('hosts = ["desk"]', "desk.listen is not there"),
        ('listen = "127.0.0.1:1"\ncertificate = "desk.pem"', "name both files"),
        ('listen = "127.0.0.1:1"\ncertificate = "desk.pem"\nkey = "gone"', "no such file"),
        ('listen = "127.0.0.1:1"\nbehind = "http://desk.example.org"', "https, a name"),
        ('listen = "127.0.0.1:1"\nbehind = "https://desk.example.org/desk"', "https, a name"),
        ('listen = "127.0.0.1:1"\nbehind = "https://[::1"', "https, a name"),
        ('listen = "127.0.0.1:1"\nproxies = ["10.0.0.1"]', "only where behind names"),
        ('listen = "127.0.0.1:1"\nhosts = ["https://desk"]', "no name of a machine"),
        ('listen = "127.0.0.1:1"\nhosts = ["desk:8910"]', "no name of a machine"),
        (
            'listen = "127.0.0.1:1"\nbehind = "https://desk.example.org"\nproxies = ["proxy"]',
            "no address in numbers",
        ),
    ],
)
def test_what_does_not_fit_together_is_said(folder: Path, lines: str, said: str) -> None:
    assert any(said in one for one in problems(folder, lines))


def test_what_is_shown_of_it_is_what_is_in_force(folder: Path) -> None:
    text = COMPANY + 'listen = "[::1]:8910"\nhosts = ["desk"]'
    shown = config.show(config.load(text, folder / "config.toml", {}))["desk"]
    assert (shown["listen"], shown["hosts"]) == ("[::1]:8910", ["desk"])
