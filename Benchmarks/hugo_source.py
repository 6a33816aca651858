"""The layers' pages for Hugo: the very templates of Strata, translated, and the very data that they are filled with."""

from __future__ import annotations

import json
import pathlib
import re
from typing import Any

TAG = re.compile(r"\{\{([#^/<>$]?)\s*([^}]*?)\s*\}\}")
#: What is the same on every page: Hugo gets it once, as the site's parameters.
FRAME = ["registry", "keepDays", "preview", "targets", "regions", "targetCount", "regionCount"]


def parse(text: str) -> Any:
    """Mustache as a tree: texts, and (kind, name, children)."""
    root: Any = ("", "", [])
    stack, position = [root], 0
    for match in TAG.finditer(text):
        stack[-1][2].append(text[position:match.start()])
        position = match.end()
        kind, name = match.groups()
        if kind == "/":
            stack.pop()
            continue
        node: Any = (kind, name, [])
        stack[-1][2].append(node)
        if kind in ("#", "^", "<", "$"):
            stack.append(node)
    stack[-1][2].append(text[position:])
    return root[2]


def merged(values: Any) -> Any:
    """One value that has whatever any of them has: what a template may meet."""
    first = values[0]
    if not isinstance(first, dict):
        return first
    out: dict[str, Any] = {}
    for value in values:
        for name, inner in value.items():
            if isinstance(inner, list) and isinstance(out.get(name), list):
                out[name] = out[name] + inner
            elif name not in out or isinstance(inner, dict):
                out[name] = merged([out[name], inner]) if isinstance(out.get(name), dict) else inner
    return out


class Translation:
    """Go templates of Mustache ones. Names are looked up now, in a sample, so that Hugo need not search for them."""

    def __init__(self, templates: Any) -> None:
        self.templates = templates
        self.count = 0

    def page(self, name: str, scopes: list[Any]) -> Any:
        return self.nodes(parse((self.templates / f"{name}.mustache").read_text()), scopes, {})

    def nodes(self, nodes: Any, scopes: list[Any], blocks: dict[str, Any]) -> str:
        return "".join(self.node(node, scopes, blocks) for node in nodes)

    def node(self, node: Any, scopes: list[Any], blocks: dict[str, Any]) -> Any:
        if isinstance(node, str):
            return node
        kind, name, children = node
        if kind == "<":
            inside = {child[1]: child[2] for child in children if not isinstance(child, str)}
            return self.nodes(parse((self.templates / f"{name}.mustache").read_text()), scopes, inside)
        if kind == "$":
            return self.nodes(blocks.get(name, children), scopes, blocks)
        if kind == ">":
            return f'{{{{ partialCached "{name}.html" . }}}}'
        if name == ".":
            return f"{{{{ {scopes[-1][0]} }}}}"
        found = next(((var, scope[name]) for var, scope in reversed(scopes)
                      if isinstance(scope, dict) and name in scope), None)
        if kind == "":
            return f"{{{{ {found[0]}.{name.lower()} }}}}" if found else ""
        if kind == "^":
            body = self.nodes(children, scopes, blocks)
            return f"{{{{ if not {found[0]}.{name.lower()} }}}}{body}{{{{ end }}}}" if found else body
        if found is None:
            return ""
        variable, value = found
        place = f"{variable}.{name.lower()}"
        if isinstance(value, bool):
            return f"{{{{ if {place} }}}}{self.nodes(children, scopes, blocks)}{{{{ end }}}}"
        if isinstance(value, list) and not value:
            return ""
        self.count += 1
        inner = f"$v{self.count}"
        if isinstance(value, list):
            body = self.nodes(children, scopes + [(inner, merged(value))], blocks)
            return f"{{{{ range {inner} := {place} }}}}{body}{{{{ end }}}}"
        body = self.nodes(children, scopes + [(inner, value)], blocks)
        return f"{{{{ with {inner} := {place} }}}}{body}{{{{ end }}}}"


def lowered(value: Any) -> Any:
    """Hugo writes the names of parameters in lower case."""
    if isinstance(value, dict):
        return {name.lower(): lowered(inner) for name, inner in value.items()}
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)  # Hugo would write large ones with an exponent.
    return [lowered(inner) for inner in value] if isinstance(value, list) else value


def write(data: Any, templates: Any, folder: pathlib.Path) -> None:
    """Makes Hugo's source of the pages' data, one JSON file a page."""
    (folder / "content/layers").mkdir(parents=True)
    (folder / "layouts/layers").mkdir(parents=True)
    (folder / "layouts/partials").mkdir(parents=True)
    frame: dict[str, Any] = {}
    samples: list[Any] = []
    for path in sorted(data.glob("*.json")):
        page = json.loads(path.read_text())
        frame = {name: page.pop(name) for name in FRAME if name in page}
        if len(samples) < 64:
            samples.append(page)
        front = {"title": page["title"], "page": lowered(page)}
        (folder / f"content/layers/{path.stem}.md").write_text(json.dumps(front) + "\n")
    scopes = [("$frame", frame), ("$page", merged(samples))]
    start = "{{ $frame := site.Params.frame }}{{ $page := .Params.page }}"
    translation = Translation(templates)
    (folder / "layouts/layers/single.html").write_text(start + translation.page("layer", scopes))
    (folder / "layouts/partials/pickers.html").write_text(start + translation.page("pickers", scopes[:1]))
    config = {
        "baseURL": "https://large.example.invalid/layers/", "uglyURLs": True, "params": {"frame": lowered(frame)},
        "disableKinds": ["taxonomy", "term", "RSS", "sitemap", "home", "section", "404", "robotsTXT"]}
    # The name that Hugo looks for changed with its versions.
    for name in ("hugo.json", "config.json"):
        (folder / name).write_text(json.dumps(config))
