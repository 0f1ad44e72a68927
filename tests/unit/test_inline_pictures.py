"""A terminal that can shows the approver the picture itself."""

import re
from base64 import b64decode
from io import BytesIO

import pytest
from PIL import Image

from publisher.cli.inline import COLUMNS, SIDE, drawn, kind_of


def jpeg(size: tuple[int, int]) -> bytes:
    made = BytesIO()
    Image.effect_noise(size, 90).convert("RGB").save(made, "JPEG")
    return made.getvalue()


@pytest.mark.parametrize(
    ("env", "kind"),
    [
        ({"TERM": "xterm-kitty"}, "kitty"),
        ({"TERM": "xterm-ghostty"}, "kitty"),
        ({"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"}, "kitty"),
        ({"TERM_PROGRAM": "iTerm.app"}, "iterm2"),
        ({"TERM_PROGRAM": "WezTerm"}, "iterm2"),
        ({"TERM": "xterm-256color", "LC_TERMINAL": "iTerm2"}, "iterm2"),
        ({"TERM": "xterm-256color"}, ""),
        ({"TERM_PROGRAM": "Apple_Terminal"}, ""),
        ({"TERM": "xterm-kitty", "TMUX": "/tmp/tmux"}, ""),
        ({"TERM_PROGRAM": "iTerm.app", "STY": "1.pts"}, ""),
        ({}, ""),
    ],
)
def test_a_terminal_says_which_pictures_it_can_show(env: dict[str, str], kind: str) -> None:
    assert kind_of(env, tty=True) == kind
    assert kind_of(env, tty=False) == ""


def test_kitty_gets_a_small_png_in_pieces() -> None:
    pieces = re.findall(r"\033_G([^;]*);([^\033]*)\033\\", drawn(jpeg((900, 600)), "kitty"))
    assert len(pieces) > 2
    assert all(len(text) <= 4096 for _, text in pieces)
    assert pieces[0][0] == f"a=T,f=100,q=2,c={COLUMNS},m=1"
    assert {head for head, _ in pieces[1:-1]} == {"m=1"}
    assert pieces[-1][0] == "m=0"
    with Image.open(BytesIO(b64decode("".join(text for _, text in pieces)))) as shown:
        assert (shown.format, shown.size) == ("PNG", (SIDE, SIDE * 2 // 3))


def test_iterm_gets_it_whole() -> None:
    found = re.fullmatch(
        r"\033\]1337;File=inline=1;size=(\d+);width=40;preserveAspectRatio=1:"
        r"([^\a]*)\a",
        drawn(jpeg((30, 20)), "iterm2"),
    )
    assert found
    data = b64decode(found[2])
    assert len(data) == int(found[1])
    with Image.open(BytesIO(data)) as shown:
        assert shown.size == (30, 20)
