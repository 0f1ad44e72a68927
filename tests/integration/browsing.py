"""A browser as the service meets it: it keeps one cookie, and says whose page asks."""

from base64 import b32decode
from typing import Any

from counter import Counter
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.hotp import HOTP

from publisher.service.front import COOKIE

PASSWORD = "seven grey herons wading"
OURS = {
    "Sec-Fetch-Site": "same-origin",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0",
}


class Browser:
    """`ask`, `get`, `post` as of a `Counter`; `seed`: of the second factor that was taken up here."""

    def __init__(self, counter: Counter, address: str = "192.0.2.7") -> None:
        self.counter, self.address = counter, address
        self.cookie, self.seed = "", ""
        self.at = counter.over_tcp(address=address)

    def ask(self, method: str, path: str, **more: Any) -> Any:
        head = {**OURS, **({"Cookie": f"{COOKIE}={self.cookie}"} if self.cookie else {})}
        answer = self.at.ask(method, path, headers={**head, **more.pop("headers", {})}, **more)
        for line in answer.headers.get_list("set-cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            assert name == COOKIE
            self.cookie = value.strip('"')
        self.at._client.cookies.clear()
        return answer

    def get(self, path: str, **more: Any) -> Any:
        return self.ask("GET", path, **more)

    def post(self, path: str, json: Any = None, **more: Any) -> Any:
        return self.ask("POST", path, json={} if json is None else json, **more)

    def code(self, steps: int = 0) -> str:
        """What the app shows now, or so many steps later."""
        step = int(self.counter.world.clock.at.timestamp()) // 30 + steps
        return HOTP(b32decode(self.seed), 6, SHA1()).generate(step).decode()

    def join(self, person: str, *, factor: bool = True, password: str = PASSWORD) -> Any:
        """The server invites this person, who joins here."""
        secret = invited(self.counter, person)["secret"]
        self.seed = self.post("/join/look", {"invite": secret}).json()["offered"]["seed"]
        code = self.code() if factor else ""
        answer = self.post("/join", {"invite": secret, "password": password, "code": code})
        assert answer.status_code == 201, answer.text
        return answer.json()

    def sign_in(self, person: str, code: str | None = None, password: str = PASSWORD) -> Any:
        """Signed in, or what was answered. Without a code, the next one that the app shows."""
        if code is None and self.seed:
            self.counter.world.clock.forward(seconds=30)
            code = self.code()
        return self.post("/session", {"name": person, "password": password, "code": code or ""})

    def another(self, address: str = "192.0.2.8") -> "Browser":
        """The same person's other machine."""
        made = Browser(self.counter, address)
        made.seed = self.seed
        return made


def invited(counter: Counter, person: str, by: str = "") -> Any:
    """A link for this person, by whoever runs the server if nobody else does it."""
    answer = counter.post("/invites", {"person": person}, by=by)
    assert answer.status_code == 201, answer.text
    return answer.json()
