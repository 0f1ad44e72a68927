"""X lets our app act for an account once its owner has said yes there (OAuth 1.0a, the PIN flow).

https://docs.x.com/fundamentals/authentication/oauth-1-0a/pin-based-oauth
"""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, quote

from requests_oauthlib import OAuth1

from publisher.content import Account
from publisher.networks import Begun, Tools, WhoAmIFailed
from publisher.networks.wire.api import Api
from publisher.networks.wire.causes import unnamed
from publisher.networks.wire.http import Answer, Result, classify
from publisher.networks.wire.reasons import because
from publisher.networks.x import ABOUT
from publisher.networks.x.answers import Answers, nothing

_TOKEN = re.compile(r"[!-~]{1,300}")
_PIN = re.compile(r"[0-9]{4,12}")
_KEYS = ("consumer_key", "consumer_secret")
_LONGEST = 4_096  # bytes of an answer; a real one has 150


class Pin:
    """The two requests of it. What X answers is a form, not JSON."""

    GIVES = frozenset({"access_token", "access_token_secret"})

    @staticmethod
    def begin(account: Account, typed: Mapping[str, str], tools: Tools) -> Begun:
        app = {name: typed[name] for name in _KEYS}
        auth = OAuth1(*app.values(), callback_uri="oob")
        found = _asked(account, tools, "/oauth/request_token", auth, tuple(app.values()))
        address = f"{ABOUT.base(account)}/oauth/authorize?oauth_token={quote(found[0], safe='')}"
        return Begun(address, {**app, "token": found[0], "token_secret": found[1]})

    @staticmethod
    def finish(account: Account, kept: Mapping[str, str], pin: str, tools: Tools) -> dict[str, str]:
        if not _PIN.fullmatch(pin):
            raise WhoAmIFailed(because("no_pin"))
        app = {name: kept[name] for name in _KEYS}
        auth = OAuth1(*app.values(), kept["token"], kept["token_secret"], verifier=pin)
        secrets = (*app.values(), kept["token"], kept["token_secret"])
        token, secret = _asked(account, tools, "/oauth/access_token", auth, secrets)
        return {**app, "access_token": token, "access_token_secret": secret}


def _asked(
    account: Account, tools: Tools, path: str, auth: OAuth1, secrets: tuple[str, ...]
) -> tuple[str, str]:
    """A token and its secret. Raises WhoAmIFailed, with what X said against it."""
    api = Api(ABOUT.base(account), tools, auth=auth)
    answer = api.call("POST", path, deadline=api.soon())
    found = _form(answer)
    token, secret = found.get("oauth_token", ""), found.get("oauth_token_secret", "")
    if _TOKEN.fullmatch(token) and _TOKEN.fullmatch(secret):
        return token, secret
    judged = classify(answer, Answers(tools.now, secrets).table(None, nothing))
    if isinstance(answer, Answer) and answer.status == 401 and path.endswith("access_token"):
        raise WhoAmIFailed(because("no_pin"))
    raise unnamed(answer, judged, missing=because("elsewhere"))


def _form(answer: Result) -> dict[str, str]:
    if not isinstance(answer, Answer) or answer.status != 200 or len(answer.body) > _LONGEST:
        return {}
    try:
        return dict(parse_qsl(answer.body.decode(), max_num_fields=20))
    except ValueError:
        return {}
