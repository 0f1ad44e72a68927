"""Checks requests against the networks' own descriptions, where PUBLISHER_CONTRACTS is set."""

import json
import os
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
from scripted import Seen

# Parameters that every Graph call takes; the descriptions list only what is special to an edge.
GRAPH_COMMON = {"fields", "since", "until", "limit", "after"}
GRAPH_EDGES = {"attachments"}  # a field of a post that is described as an edge of its own
FILES = {"source"}  # the image of a photo; the description has no parameter for bytes


@cache
def description(name: str) -> Any:
    """A description as JSON, or None when the folder is not there."""
    folder = os.environ.get("PUBLISHER_CONTRACTS")
    return json.loads((Path(folder) / name).read_text()) if folder else None


def openapi(name: str, seen: Seen) -> Sequence[str]:
    """What in this request a network's OpenAPI does not allow."""
    spec = description(name)
    return _broken(spec, seen) if spec else ()


def mastodon(seen: Seen) -> Sequence[str]:
    """What in this request Mastodon's OpenAPI does not allow.

    A post with words and images is two of the kinds that it lists as "one of".
    """
    spec = description("mastodon.openapi.json")
    lenient = {"oneOf": "anyOf"}
    return _broken(_renamed(spec, lenient), seen) if spec else ()


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {names.get(name, name): _renamed(one, names) for name, one in value.items()}
    return [_renamed(one, names) for one in value] if isinstance(value, list) else value


def _broken(spec: Mapping[str, Any], seen: Seen) -> Sequence[str]:
    operation = _operation(spec, seen)
    if operation is None:
        return [f"no such call: {seen.method} {seen.path}"]
    return [*_query_errors(spec, operation, seen.query), *_body_errors(spec, operation, seen)]


def _operation(spec: Mapping[str, Any], seen: Seen) -> Any:
    for template in sorted(spec["paths"], key=lambda path: path.count("{")):
        if re.fullmatch(re.sub(r"\{[^}]*\}", "[^/]+", template), seen.path):
            return spec["paths"][template].get(seen.method.lower())
    return None


def _query_errors(spec: Any, operation: Any, query: Mapping[str, str]) -> list[str]:
    known = {}
    for parameter in operation.get("parameters", ()):
        name = parameter.get("$ref", "").rpartition("/")[2]
        told = spec["components"]["parameters"][name] if name else parameter
        known[told["name"]] = told["schema"]
    errors = []
    for name, value in query.items():
        schema = known.get(name.replace("tweet.", "post."))  # the older name of the same parameter
        if schema is None:
            errors.append(f"no such parameter: {name}")
            continue
        kinds = {"array": lambda v: v.split(","), "integer": int, "boolean": _truth}
        typed = kinds.get(schema.get("type"), str)(value)
        errors += _schema_errors(spec, schema, typed)
    return errors


def _truth(value: str) -> bool | str:
    return {"true": True, "false": False}.get(value, value)


def _body_errors(spec: Any, operation: Any, seen: Seen) -> list[str]:
    content = operation.get("requestBody", {}).get("content", {})
    kind = seen.headers.get("content-type", "").partition(";")[0]
    if not seen.body:
        return ["a body is required"] if content else []
    if kind not in content:
        return [f"a body of type {kind} is not taken"]
    body = seen.json if kind == "application/json" else _text_fields(seen.form)
    return _schema_errors(spec, content[kind]["schema"], body)


def _text_fields(form: Mapping[str, Any]) -> dict[str, Any]:
    """A form's fields as JSON would have them: a file is some bytes, "true" is true."""
    plain = {name: "bytes" if isinstance(v, tuple) else v for name, v in form.items()}
    return {name: True if value == "true" else value for name, value in plain.items()}


def _schema_errors(spec: Any, schema: Any, value: Any) -> list[str]:
    whole = {**schema, "components": spec.get("components", {})}
    found = jsonschema.Draft202012Validator(whole).iter_errors(value)
    return [f"{error.json_path}: {error.message}" for error in found]


def discourse(seen: Seen) -> Sequence[str]:
    """What in this request Discourse's OpenAPI does not allow; two calls are in its source only."""
    spec = description("discourse.openapi.json")
    if spec is None or re.fullmatch(r"/posts/[^/]+/pending.json|/session/current.json", seen.path):
        return ()
    operation = _operation(spec, seen)
    if operation is None:
        return [f"no such call: {seen.method} {seen.path}"]
    errors = _query_errors(spec, operation, seen.query)
    return errors if seen.method == "DELETE" else [*errors, *_body_errors(spec, operation, seen)]


def facebook(seen: Seen) -> Sequence[str]:
    """What in this request Meta's descriptions of Page and PagePost do not list."""
    page, post = description("facebook-Page.json"), description("facebook-PagePost.json")
    if page is None or seen.path.endswith("/me"):
        return ()
    _, version, node, *edge = seen.path.split("/")
    assert version == "v26.0"
    errors = [] if node.replace("_", "").isdigit() else [f"no node: {node}"]
    return [*errors, *_graph(post if "_" in node else page, "/".join(edge), seen, post)]


def facebook_comment(seen: Seen) -> Sequence[str]:
    """What in this request Meta's description of Comment does not list."""
    comment = description("facebook-Comment.json")
    return _graph(comment, "", seen, comment) if comment else []


def _graph(described: Any, endpoint: str, seen: Seen, of: Any) -> list[str]:
    """By the description of the node; `of`: what the fields that are asked for are of."""
    call = next(
        (
            api
            for api in described["apis"]
            if (api["method"], (api.get("endpoint") or "").strip("/")) == (seen.method, endpoint)
        ),
        None,
    )
    if call is None:
        return [f"no such call: {seen.method} {seen.path}"]
    known = {parameter["name"] for parameter in call["params"]} | GRAPH_COMMON | FILES
    given = {*seen.query, *(seen.form if seen.body else ())}
    fields = set(filter(None, seen.query.get("fields", "").split(",")))
    listed = {field["name"] for field in of["fields"]} | GRAPH_EDGES
    odd = [f"no such parameter: {name}" for name in given - known]
    return [*odd, *(f"no such field: {name}" for name in fields - listed)]
