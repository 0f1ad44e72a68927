"""Draws docs/api.md from the service's own description: python docs/draw_api.py"""

from pathlib import Path
from typing import Any

from publisher.service.app import routes

HEAD = """# The API

Drawn from the service (`python docs/draw_api.py`). The desk answers HTTP on its socket (`[desk] socket` in
`config.toml`), for everybody on this machine whom the register knows by their operating-system user: the kernel
says who is there, and no header or password does. Where `[desk] listen` says so it answers over TCP as well, whoever
shows a token or a sign-in; [security.md](security.md) says what each is good for. Its description for programs is
`/api/v1/openapi.json` (OpenAPI 3.1).

```
curl --unix-socket run/desk.sock http://localhost/api/v1/posts
curl --unix-socket run/desk.sock http://localhost/api/v1/posts -H "Content-Type: application/json" \\
     -H "Idempotency-Key: fair-1" -d '{"text": "The fair opens at nine.", "accounts": ["x-main"], "at": "next"}'
```

- What is written and what is refused is what the command line writes and refuses: the same functions, the same
  sentences and codes, the same rights. Shapes of answers that the commands give, too: [json.md](json.md).
- A problem is `application/problem+json` (RFC 9457): `detail` is the sentence, `code` its name, `field` what is
  off, `acts` what can be done, `exit_code` how a command would end, `done` what was done all the same. Status 207
  says that part of it was done, 409 that the policy or somebody else is in the way, 412 that it is no longer what
  `If-Match` says, 503 that it is worth trying again.
- `Idempotency-Key` on a new post: the same key with the same words answers with the post that it made.
- A post's `ETag` names how it stands. In `If-Match` it keeps a change from meeting what somebody else changed.
- Lists come in pages: `most` of them, and `next` is where the next page begins (`at`).
- Times of an account come with its `zone`. All others are read on the company's clock: `Publisher-Zone` in the
  answer's head.
- `Publisher-Said` in an answer's head: it was done, and something about it went wrong afterwards, as a JSON list
  of `{code, args, acts}`.
- Over TCP a program shows what it holds in `Authorization: Bearer …`: an API token (`POST /tokens`, said once), or the
  `device_code` of a sign-in (`POST /login`) once its person has confirmed the `user_code` on the server
  (`POST /login/approve`). 401 says that it is no proof, 429 how long to wait (`Retry-After`).
- Over TCP a browser shows a cookie, `__Host-publisher`, which `POST /session` (or, with an invite, `POST /join`) gives it:
  only to pages of this desk, which the browser's Fetch Metadata say, and never beside `Authorization`. For ten minutes
  it is good for all that its person may, and again after `POST /session/fresh`.
- What takes a fresh proof (approve, grant, resume, confirm …) answers a sign-in with 403 `session.fresh_proof`; its
  `acts` hold a code. Once the person has confirmed it on the server, the very same request is let in, once.
- In the demonstration, and only there, whoever runs it acts as a sample person with `Publisher-As: NAME`.
- `/events` are server-sent events: `{"topic", "id"}` of what changed. Look again for what it is now.

"""

_TAGS = {
    "posts": "Posts",
    "exceptions": "Out-of-hours permissions",
    "stops": "Stops",
    "looks": "What needs a person, and the history",
    "holds": "Legal holds",
    "register": "The register",
    "policy": "The policy and the configuration",
    "media": "Pictures",
    "access": "Tokens and sign-ins",
    "session": "Signed in with a browser",
    "passkeys": "Passkeys",
    "invites": "Invites",
    "events": "Events",
    "monitors": "For monitors",
}


def page() -> str:
    """The whole page."""
    found = routes().openapi()
    parts = [HEAD]
    for tag, title in _TAGS.items():
        rows = list(_operations(found, tag))
        parts += [f"## {title}\n", "| operation | does |", "|---|---|", *rows, ""]
        for name in sorted(_bodies(found, tag)):
            parts += _shape(found, name)
    return "\n".join(parts)


def _operations(found: dict[str, Any], tag: str) -> list[str]:
    return [
        f"| `{method.upper()} {path}` | {_said(operation)} |"
        for path, methods in found["paths"].items()
        for method, operation in methods.items()
        if operation["tags"] == [tag]
    ]


def _said(operation: dict[str, Any]) -> str:
    said = " ".join(operation["description"].split())
    if body := _body(operation):
        said += f" Takes a *{body}*."
    given = [
        f"`{one['name']}`"
        for one in operation.get("parameters", [])
        if one["in"] in ("query", "header")
    ]
    return f"{said} Also: {', '.join(given)}." if given else said


def _body(operation: dict[str, Any]) -> str:
    content = operation.get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _bodies(found: dict[str, Any], tag: str) -> set[str]:
    bodies = {
        _body(operation)
        for methods in found["paths"].values()
        for operation in methods.values()
        if operation["tags"] == [tag]
    }
    within = {"Attached"} if tag == "posts" else set()
    return (bodies | within) - {""}


def _shape(found: dict[str, Any], name: str) -> list[str]:
    schema = found["components"]["schemas"][name]
    needed = schema.get("required", [])
    rows = [
        f"| `{field}` | {'' if field in needed else _default(of)} | {of.get('description', '')} |"
        for field, of in schema["properties"].items()
    ]
    said = schema["description"].splitlines()[0]
    return [f"**{name}**: {said}\n", "| field | if left out | is |", "|---|---|---|", *rows, ""]


def _default(of: dict[str, Any]) -> str:
    if "default" in of:
        shown = {None: "`null`", "": '`""`', False: "`false`"}
        value = of["default"]
        return shown.get(value, f"`{value}`") if not isinstance(value, dict | list) else "nothing"
    return "nothing"


if __name__ == "__main__":
    (Path(__file__).parent / "api.md").write_text(page())
