"""How X hands out tokens of accounts: an app asks, an account's owner says yes, a PIN says which.

OAuth 1.0a, the PIN flow. Signatures are not checked, as nowhere here; the app is called `sandbox`.
"""

from hashlib import sha256
from html import escape
from urllib.parse import quote, unquote, urlencode

from publisher.sandbox.wire import Answer, Request, reply
from publisher.sandbox.world import World

ASKING = ("/oauth/request_token", "/oauth/access_token")
APP = "sandbox"


def given(request: Request) -> dict[str, str]:
    """The parameters of an `Authorization: OAuth` header; {} without one."""
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "oauth":
        return {}
    pairs = (each.strip().partition("=") for each in rest.split(","))
    return {name: unquote(value.strip('"')) for name, _, value in pairs}


def ask(world: World, request: Request) -> Answer:
    """POST /oauth/request_token: an app asks to be let act for whoever will say yes."""
    if given(request).get("oauth_callback") != "oob":
        return _no(403, 415, "Callback URL not approved for this client application.")
    token = f"asking{len(world.askings) + 1}"
    world.askings[token] = ""
    return _form(oauth_token=token, oauth_token_secret=APP, oauth_callback_confirmed="true")


def hand_out(world: World, request: Request) -> Answer:
    """POST /oauth/access_token: the PIN, once, for a token of the account that said yes."""
    said = given(request)
    name = world.askings.pop(said.get("oauth_token", ""), "")
    if not name or said.get("oauth_verifier") != pin(said["oauth_token"], name):
        return _no(401, 32, "Error processing your OAuth request: Invalid oauth_verifier parameter")
    user = world.account("x", name)
    return _form(
        oauth_token=f"sandbox-{name}", oauth_token_secret=APP, user_id=user, screen_name=name
    )


def pin(token: str, name: str) -> str:
    """Seven digits."""
    return str(int(sha256(f"{token}:{name}".encode()).hexdigest()[:12], 16) % 10**7).zfill(7)


def page(world: World, request: Request) -> str | None:
    """What the owner of an account sees: for which one to say yes, then the PIN. None: no such asking."""
    token, name = request.params.get("oauth_token", ""), request.params.get("as", "")
    if token not in world.askings:
        return None
    if name:
        world.askings[token] = name
        return (
            f"<h1>Authorize app</h1><p>{escape(name)} says yes. PIN: <b>{pin(token, name)}</b></p>"
        )
    names = sorted(name for network, name in world.accounts if network == "x")
    links = "".join(
        f'<li><a href="?oauth_token={quote(token)}&amp;as={quote(one)}">{escape(one)}</a></li>'
        for one in names
    )
    return f"<h1>Authorize app</h1><p>Publisher wants to post for you. You are:</p><ul>{links}</ul>"


def _form(**values: str) -> Answer:
    return Answer(200, urlencode(values).encode(), {"Content-Type": "text/html; charset=utf-8"})


def _no(status: int, code: int, message: str) -> Answer:
    return reply({"errors": [{"code": code, "message": message}]}, status)
