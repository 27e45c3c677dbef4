"""The OpenAPI description as one page to read: no script, nothing fetched from elsewhere."""

from __future__ import annotations

import json
from html import escape
from typing import Any

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
code, pre { font: 14px/1.4 ui-monospace, monospace; background: #8881; border-radius: 4px }
pre { padding: .75rem; overflow-x: auto } code { padding: .1rem .3rem }
h2 { margin-top: 2.5rem; border-top: 1px solid #8884; padding-top: 1rem }
td, th { text-align: left; vertical-align: top; padding: .2rem 1rem .2rem 0 }
:root { color-scheme: light dark }
"""


def docs_page(document: dict[str, Any]) -> str:
    """HTML of the whole description."""
    info = document["info"]
    schemas: dict[str, Any] = document["components"]["schemas"]
    sections = [
        _operation(path, method, operation, schemas)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    records = [
        f'<h3 id="{escape(name)}">{escape(name)}</h3>{_schema(schema)}'
        for name, schema in sorted(schemas.items())
    ]
    title = f"{escape(info['title'])} {escape(info['version'])}"
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style><h1>{title}</h1><p>{escape(info['description'])} "
        'Machines read <a href="openapi.json">openapi.json</a>.</p>'
        f"{''.join(sections)}<h2>Records</h2>{''.join(records)}</html>"
    )


def _operation(path: str, method: str, operation: dict[str, Any], schemas: dict[str, Any]) -> str:
    parts = [
        f"<h2><code>{method.upper()} {escape(path)}</code></h2>",
        f"<p>{escape(operation['summary'])} {escape(operation.get('description', ''))}</p>",
    ]
    body = operation.get("requestBody")
    if body is not None:
        name = _name(body["content"]["application/json"]["schema"])
        parts.append(f"<h3>Request</h3>{_schema(schemas[name])}")
    rows = [
        f"<tr><td><code>{status}</code></td><td>{escape(response['description'])}</td>"
        f"<td>{_linked(response)}</td></tr>"
        for status, response in operation["responses"].items()
    ]
    parts.append(f"<h3>Answers</h3><table>{''.join(rows)}</table>")
    return "".join(parts)


def _linked(response: dict[str, Any]) -> str:
    """A link to the record of an answer."""
    for kind, content in response["content"].items():
        name = _name(content["schema"])
        if name:
            return f'<a href="#{escape(name)}">{escape(name)}</a>'
        return escape(kind)
    return ""


def _name(schema: dict[str, Any]) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _schema(schema: dict[str, Any]) -> str:
    return f"<pre>{escape(json.dumps(schema, indent=1, ensure_ascii=False))}</pre>"
