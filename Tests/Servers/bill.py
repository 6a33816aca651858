"""Reads bills of materials as consumers would: strictly by CycloneDX's own schema, then by another tool.

    bill.py FILE...

Prints for each file what the second tool saw: the names of its parts, and how many say what they depend on. Fails if one
is not accepted.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from cyclonedx.model.bom import Bom
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from lib4sbom.parser import SBOMParser
from packageurl import PackageURL


def check(path: str) -> dict[str, object]:
    text = Path(path).read_text(encoding="utf-8")
    problem = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if problem is not None:
        raise SystemExit(f"{path}: {problem}")
    document = json.loads(text)
    bom = Bom.from_json(document)
    bom.validate()
    references = [document["metadata"]["component"]["bom-ref"]] + [part["bom-ref"] for part in document["components"]]
    if len(set(references)) != len(references):
        raise SystemExit(f"{path}: a reference is there twice")
    for dependency in document["dependencies"]:
        if not {dependency["ref"], *dependency["dependsOn"]} <= set(references):
            raise SystemExit(f"{path}: {dependency} refers to what is not there")
    for part in [document["metadata"]["component"], *document["components"]]:
        if "purl" in part:
            PackageURL.from_string(part["purl"])
    parser = SBOMParser()
    parser.parse_file(path)
    return {
        "type": parser.get_type(),
        "names": sorted(package["name"] for package in parser.get_packages()),
        "relationships": len(parser.get_relationships()),
        "components": len(bom.components),
        "licenses": {part["name"]: part.get("licenses", []) for part in document["components"]},
    }


def main() -> None:
    print(json.dumps([check(path) for path in sys.argv[1:]]))


if __name__ == "__main__":
    main()
