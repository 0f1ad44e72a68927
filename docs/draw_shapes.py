"""Draws publisher/client/shapes.py from what the service says of its answers: python docs/draw_shapes.py"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from publisher.service.app import routes

HEAD = '''"""What the desk answers, as JSON (drawn by docs/draw_shapes.py). Times are text, as RFC 3339 in UTC."""

from typing import Any, TypedDict
'''
FILE = Path(__file__).parents[1] / "publisher/client/shapes.py"
PLAIN = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}


def module() -> str:
    """The whole file."""
    said = routes().openapi()
    schemas = said["components"]["schemas"]
    wanted: dict[str, None] = {}
    for operations in said["paths"].values():
        for operation in operations.values():
            for status, answer in operation["responses"].items():
                if status.startswith("2") and status != "207":
                    _reach(answer, schemas, wanted)
    drawn = (_class(name, schemas[name]) for name in sorted(wanted))
    return "\n\n".join([HEAD, *drawn])


def _reach(of: Any, schemas: Mapping[str, Any], found: dict[str, None]) -> None:
    """Every shape that is named in this part of the description, and in those."""
    for name in _named(of):
        if name not in found:
            found[name] = None
            _reach(schemas[name], schemas, found)


def _named(of: Any) -> Iterator[str]:
    if isinstance(of, Mapping):
        if "$ref" in of:
            yield of["$ref"].rpartition("/")[2]
        for one in of.values():
            yield from _named(one)
    elif isinstance(of, list):
        for one in of:
            yield from _named(one)


def _class(name: str, schema: Mapping[str, Any]) -> str:
    doc = schema.get("description", "").strip().splitlines()
    lines = [f"class {_plain(name)}(TypedDict):"]
    lines += [f'    """{doc[0]}"""', ""] if doc else []
    lines += [f"    {field}: {kind(of)}" for field, of in schema["properties"].items()]
    return "\n".join(lines) + "\n"


def _plain(name: str) -> str:
    """`Page_Todo_` as `PageTodo`."""
    return "".join(one[:1].upper() + one[1:] for one in name.split("_"))


def kind(of: Mapping[str, Any]) -> str:
    """A schema as a type."""
    if "$ref" in of:
        return f'"{_plain(of["$ref"].rpartition("/")[2])}"'
    if "anyOf" in of:
        return " | ".join(kind(one) for one in of["anyOf"]).replace('" | None', ' | None"')
    if of.get("type") == "array":
        return f"list[{kind(of.get('items', {}))}]"
    if of.get("type") == "object" and "additionalProperties" in of:
        more = of["additionalProperties"]
        return f"dict[str, {kind(more) if isinstance(more, Mapping) else 'Any'}]"
    return PLAIN.get(of.get("type") or type(of.get("const")).__name__, "Any")


if __name__ == "__main__":
    FILE.write_text(module())
