"""Strict YAML: what looks like text stays text, nothing stands twice, and every value knows its line.

YAML 1.1 turns ``NO`` into false, ``on`` into true, ``1:30`` into 90 and ``012`` into 10. Here only ``true``,
``false``, decimal numbers and empty values are anything but text; what a field means decides the rest. Anchors,
aliases, tags and several documents in one file are refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from euthymia.core.errors import InvalidInput

MAX_DEPTH = 40
_INT = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})\Z")
_FLOAT = re.compile(r"[-+]?((0|[1-9][0-9]{0,300})(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]{1,4})?\Z")
_NULL = {"", "~", "null", "Null", "NULL"}
_TRUE = {"true", "True", "TRUE"}
_FALSE = {"false", "False", "FALSE"}
_BREAKS = "\x85\u2028\u2029\ufeff"
_STR_TAG = "tag:yaml.org,2002:str"
_PLAIN_TAGS = {_STR_TAG, "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"}


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML document as plain values, and the line on which each field stands."""

    value: Any
    lines: Mapping[str, int]

    def line_of(self, path: str) -> int | None:
        """Return the line of ``path`` or of its nearest parent that is known."""
        while path:
            if path in self.lines:
                return self.lines[path]
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return None


class _Loader(yaml.SafeLoader):
    """Composes nodes only; every plain scalar is text until :func:`_scalar` looks at it."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 (PyYAML's own API)


def load(text: str, name: str) -> Document:
    """Return the one document in ``text``.

    Raises
    ------
    InvalidInput
        With the line, for anything that is not plain YAML: syntax errors, duplicate keys, anchors, tags, a second
        document, nesting deeper than ``MAX_DEPTH``.
    """
    try:
        node = _compose(text, name)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "the file"
        raise InvalidInput(name, f"{error.problem or error.context} at {where}", "one YAML document") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        if isinstance(error, InvalidInput):
            raise
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InvalidInput(name, reason, "one YAML document") from None
    lines: dict[str, int] = {}
    return Document(_plain(node, "", name, lines, 0), lines)


def _compose(text: str, name: str) -> Any:
    loader = _Loader(text)
    try:
        depth = 0
        for event in _events(text):
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                line = event.start_mark.line + 1
                raise InvalidInput(name, f"an anchor or alias on line {line}", "plain values", "Write it out in full.")
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > MAX_DEPTH:
                    raise InvalidInput(name, f"more than {MAX_DEPTH} levels", "a case file as documented")
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
        return loader.get_single_node()
    finally:
        loader.dispose()


def _events(text: str) -> Any:
    return yaml.parse(text, Loader=_Loader)


def _plain(node: Any, path: str, name: str, lines: dict[str, int], depth: int) -> Any:
    """Return a node as JSON values, noting lines."""
    if node is None:
        return None
    line = node.start_mark.line + 1
    lines.setdefault(path, line)
    if node.tag not in _PLAIN_TAGS:
        raise InvalidInput(name, f"the tag {node.tag} on line {line}", "plain values without tags")
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, f"{path}[{i}]", name, lines, depth + 1) for i, item in enumerate(node.value)]
    result: dict[str, Any] = {}
    for key_node, value_node in node.value:
        at = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise InvalidInput(name, f"a list or mapping as a key on line {at}", "a word as the key")
        key = str(key_node.value)
        child = f"{path}.{key}" if path else key
        if key in result:
            raise InvalidInput(child, f"twice (lines {lines[child]} and {at})", "each key once")
        lines[child] = at
        result[key] = _plain(value_node, child, name, lines, depth + 1)
    return result


def _scalar(node: Any) -> Any:
    """Return text, a decimal number, true/false or None; quoted and block scalars are always text."""
    text = str(node.value)
    if node.style is not None:
        return text
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _INT.match(text):
        return int(text)
    return float(text) if _FLOAT.match(text) else text


class _Dumper(yaml.SafeDumper):
    """Writes text that a YAML 1.1 reader or this one could take for something else in quotes."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _represent_text(dumper: yaml.SafeDumper, value: str) -> Any:
    odd = any(ch in _BREAKS or not (ch.isprintable() or ch == "\n") for ch in value)
    ambiguous = odd or _INT.match(value) or _FLOAT.match(value) or value in _NULL | _TRUE | _FALSE
    return dumper.represent_scalar(_STR_TAG, value, style='"' if ambiguous else None)


def _represent_float(dumper: yaml.SafeDumper, value: float) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:float", repr(value))


def _represent_list(dumper: yaml.SafeDumper, value: list[Any]) -> Any:
    short = all(item is None or isinstance(item, (bool, int, float)) for item in value)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=short)


_Dumper.yaml_implicit_resolvers = {}
_Dumper.add_representer(str, _represent_text)
_Dumper.add_representer(list, _represent_list)
_Dumper.add_representer(float, _represent_float)
for _tag, _pattern in (
    ("null", re.compile(r"(~|null|Null|NULL|)\Z")),
    ("bool", re.compile(r"(true|True|TRUE|false|False|FALSE)\Z")),
    ("int", _INT),
    ("float", _FLOAT),
):
    _Dumper.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", _pattern, None)


def dump(value: Any) -> str:
    """Return plain values as YAML that :func:`load` reads back unchanged, keys in the order given."""
    text = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110, default_flow_style=False)
    return str(text)
