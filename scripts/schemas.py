"""The JSON schemas of what a centre receives, from the types that write them: `python scripts/schemas.py`.

Written to `docs/schema/`; `tests/unit/test_schemas.py` fails when a committed schema is not the generated one.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from kiosk.domain.dossier import Fact
from kiosk.store.correction_file import Bundle, CorrectionFile, Reply
from kiosk.store.export import Export
from kiosk.store.sealing import InnerManifest, Manifest

FOLDER = Path(__file__).parent.parent / "docs" / "schema"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
DOCUMENTS: dict[str, tuple[str, Any]] = {
    "manifest.json": ("The outer manifest beside a sealed dossier", Manifest),
    "inner-manifest.json": ("manifest.json, the first file inside a sealed dossier", InnerManifest),
    "facts.json": ("facts.json inside a sealed dossier", list[Fact]),
    "correction.json": ("correction.json inside a sealed file of an export of corrections", CorrectionFile),
    "corrections.json": ("manifest.json of an export of corrections", Bundle),
    "corrections-reply.json": ("The centre's reply to an export of corrections", Reply),
    "export.json": ("export.json in a folder written by kiosk dossier export", Export),
}


def schemas() -> dict[str, str]:
    """The text of every schema by its file name."""
    return {name: _text(title, kind) for name, (title, kind) in DOCUMENTS.items()}


def _text(title: str, kind: Any) -> str:
    schema = {"$schema": DIALECT, **msgspec.json.schema(kind), "title": title}
    return json.dumps(_tidied(schema), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _tidied(schema: Any) -> Any:
    """Descriptions on one line: they are docstrings, and their indentation means nothing here."""
    if isinstance(schema, dict):
        return {
            key: " ".join(value.split())
            if key == "description" and isinstance(value, str)
            else _tidied(value)
            for key, value in schema.items()
        }
    return [_tidied(item) for item in schema] if isinstance(schema, list) else schema


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, text in schemas().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
        print(FOLDER / name)


if __name__ == "__main__":
    main()
