"""Pictures on terminals that can show them: kitty's protocol, and iTerm2's.

Sources: kitty graphics protocol (sw.kovidgoyal.net/kitty/graphics-protocol), iTerm2 inline images
(iterm2.com/documentation-images.html).
"""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from io import BytesIO

SIDE = 480  # pixels: enough to tell one picture from another
COLUMNS = 40
_CHUNK = 4096  # kitty takes no longer piece


def kind_of(env: Mapping[str, str], *, tty: bool) -> str:
    """Which protocol this terminal speaks: "kitty", "iterm2", or "" for none that we know of."""
    if not tty or "TMUX" in env or "STY" in env:  # these swallow pictures
        return ""
    if "KITTY_WINDOW_ID" in env or env.get("TERM") in ("xterm-kitty", "xterm-ghostty"):
        return "kitty"
    said = {env.get("TERM_PROGRAM"), env.get("LC_TERMINAL")}  # the second one goes through ssh
    return "iterm2" if said & {"iTerm.app", "iTerm2", "WezTerm"} else ""


def drawn(data: bytes, kind: str) -> str:
    """What shows a stored picture on such a terminal, beneath its line, small."""
    small = _small(data)
    if kind == "kitty":
        return "".join(_kitty(b64encode(small).decode()))
    head = f"inline=1;size={len(small)};width={COLUMNS};preserveAspectRatio=1"
    return f"\033]1337;File={head}:{b64encode(small).decode()}\a"


def _kitty(text: str) -> Iterator[str]:
    """In pieces; the terminal is asked not to answer, for nobody reads that."""
    first = f"a=T,f=100,q=2,c={COLUMNS},"
    for start in range(0, len(text), _CHUNK):
        more = int(start + _CHUNK < len(text))
        yield f"\033_G{first}m={more};{text[start : start + _CHUNK]}\033\\"
        first = ""


def _small(data: bytes) -> bytes:
    """As a PNG, which both take."""
    from PIL import Image  # 0.1 s that only a picture needs

    with Image.open(BytesIO(data)) as image:
        image.thumbnail((SIDE, SIDE))
        made = BytesIO()
        image.save(made, "PNG")
    return made.getvalue()
