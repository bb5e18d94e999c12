"""Findings as SARIF 2.1.0, as code scanning on GitHub and elsewhere takes them."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import sha256
from urllib.parse import quote

from slokit.diagnostics.finding import Code, Finding, Place, Severity
from slokit.source.places import split_lines
from slokit.text.escaping import inert_json, visible
from slokit.text.format import Format

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}
_Json = dict[str, object]


def render(findings: Sequence[Finding], sources: Mapping[str, str], *, colour: bool = False) -> str:
    """One run; its rules are the codes that were found, in order of their numbers."""
    rules = sorted({finding.code for finding in findings}, key=lambda code: code.number)
    index = {code: position for position, code in enumerate(rules)}
    urls = {finding.code: finding.url for finding in findings}
    fingerprints = _fingerprints(findings, sources)
    run = {
        "tool": {
            "driver": {"name": "slokit", "rules": [_rule(code, urls[code]) for code in rules]}
        },
        # columns count characters, not UTF-16 units
        "columnKind": "unicodeCodePoints",
        "results": [
            _result(finding, index[finding.code], fingerprint)
            for finding, fingerprint in zip(findings, fingerprints, strict=True)
        ],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(code: Code, url: str) -> _Json:
    # helpUri must be absolute: without an address of slokit's pages there is none
    address = {"helpUri": url} if url else {}
    return {
        **address,
        "id": code.number,
        "name": code.slug,
        "shortDescription": {"text": code.title},
        "fullDescription": {"text": code.title},
        "help": {"text": f"{code.title} See {code.docs}."},
        "defaultConfiguration": {"level": _LEVELS[code.severity]},
    }


def _result(finding: Finding, rule_index: int, fingerprint: str) -> _Json:
    text = _plain(f"{finding.message} ({finding.hint})" if finding.hint else finding.message)
    result: _Json = {
        "ruleId": finding.code.number,
        "ruleIndex": rule_index,
        "level": _LEVELS[finding.level],
        "message": {"text": text},
        "partialFingerprints": {"slokit/v1": fingerprint},
    }
    if finding.place:
        result["locations"] = [_location(finding.place)]
    if finding.related:
        result["relatedLocations"] = [
            {"id": number, **_location(each.place), "message": {"text": _plain(each.text)}}
            for number, each in enumerate(finding.related)
            if each.place
        ]
    return result


def _plain(text: str) -> str:
    """Text without a link: SARIF reads `[text](address)` as one in plain messages, too."""
    return visible(text).replace("](", "] (")


def _location(place: Place) -> _Json:
    region = {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    }
    # A relative reference; a colon in its first part would read as a scheme.
    artifact = {"uri": quote(place.file.replace("\\", "/").removeprefix("./"), safe="/")}
    return {"physicalLocation": {"artifactLocation": artifact, "region": region}}


def _fingerprints(findings: Sequence[Finding], sources: Mapping[str, str]) -> list[str]:
    """One hash a finding that stays when lines are added above; the number sets twins apart."""
    lines = {file: split_lines(text) for file, text in sources.items()}
    seen: Counter[tuple[str, ...]] = Counter()
    prints = []
    for finding in findings:
        place = finding.place
        file = place.file if place else ""
        shown = lines.get(file, [])[place.line - 1 : place.line] if place else []
        # The line's text and not its number: a finding that only moves is the same one.
        key = (finding.code.number, file, finding.message, *(line.strip()[:200] for line in shown))
        seen[key] += 1
        whole = "\0".join((*key, str(seen[key]))).encode(errors="surrogatepass")
        prints.append(sha256(whole).hexdigest()[:32])
    return prints


FORMAT = Format("sarif", render, inert_json)
