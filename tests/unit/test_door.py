"""The desk's socket: made where nothing else lies."""

import socket
from pathlib import Path

import pytest

from publisher.errors import Problem
from publisher.service.server import listening


def test_a_socket_that_was_left_behind_is_replaced_and_gone_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "desk.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    with listening(path), socket.socket(socket.AF_UNIX) as mine:
        mine.connect(str(path))
    assert not path.exists()


def test_a_file_in_its_place_is_left_alone(tmp_path: Path) -> None:
    database = tmp_path / "publisher.db"
    database.write_text("everything")
    link = tmp_path / "desk.sock"
    link.symlink_to(database)
    for path in (database, link):
        with pytest.raises(Problem, match="File exists"), listening(path):
            pass
    assert (database.read_text(), link.is_symlink()) == ("everything", True)


def test_a_name_that_no_socket_can_have_is_said(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="too long"), listening(tmp_path / ("n" * 150)):
        pass


def test_what_fails_while_it_is_open_is_not_the_socket(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="of the desk itself"), listening(tmp_path / "desk.sock"):
        raise OSError("of the desk itself")


def test_no_socket_is_made_where_others_could_put_a_false_one(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    with pytest.raises(Problem, match="others can change"), listening(tmp_path / "desk.sock"):
        pass
    assert list(tmp_path.iterdir()) == []
    tmp_path.chmod(0o755)
    with listening(tmp_path / "desk.sock"):
        pass
