"""报送包: what a collection passes on to the next level, as one zip file with a manifest by which it can be verified.

The manifest names every other file with its SHA-256, what each workbook was issued as, what it declares and the totals,
and carries a hash of itself, so that whatever is cut, swapped or edited on the way is found out without a shared
secret. Whoever forges all of it consistently is met by two things more: the receiver reads the amounts from the
workbooks again, and the first digits of the manifest's hash, which both sides show, can be compared by telephone.
"""

import datetime
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from workbook_builder.collection.records import Issue, issue_from_json, issue_json, json_bytes
from workbook_builder.form.model import MONEY_LINES
from workbook_builder.values.numbers import FEN, amount_text

MANIFEST, SUMMARY = "清单.json", "汇总清单.xlsx"
WORKBOOKS, ARCHIVED = "工作簿", "档案"
RULES_PREFIX = f"{ARCHIVED}/规则-"
FORMAT, FORMAT_VERSION = "workbook-builder/报送包", 1
CODE_DIGITS = 12


class Sent(NamedTuple):
    """One declaration as the manifest says it."""

    file: str  # within the package
    sha256: str
    unit_code: str
    project_code: str
    project_name: str
    status: str  # accepted
    amounts: Mapping[str, Decimal]  # money line -> yuan, of the root project
    issue_ids: tuple[str, ...]  # several where it was merged from parts
    issue_order: int  # among all that its sender had sent out, so that a later issue stays the newer one
    modified_at: datetime.datetime | None  # UTC


class Manifest(NamedTuple):
    """清单.json."""

    sender: str  # name of the sender's folder
    form_id: str
    fiscal_year: int
    round: str
    packed_at: str  # UTC
    sent: tuple[Sent, ...]
    issues: tuple[Issue, ...]
    files: Mapping[str, str]  # every other file of the package -> its SHA-256
    totals: Mapping[str, Decimal]  # money line -> yuan

    @property
    def content(self) -> dict[str, Any]:
        """As JSON, without the hash."""
        return {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "sender": self.sender,
            "form_id": self.form_id,
            "fiscal_year": self.fiscal_year,
            "round": self.round,
            "packed_at": self.packed_at,
            "workbooks": [_sent_json(sent) for sent in self.sent],
            "issues": [issue_json(issue) for issue in self.issues],
            "files": dict(self.files),
            "totals": {"projects": len(self.sent), **_amounts_json(self.totals)},
        }

    @property
    def sha256(self) -> str:
        """The hash of the content."""
        return _hash(self.content)

    @property
    def code(self) -> str:
        """校验码, to be compared by telephone: 1a2b-3c4d-5e6f."""
        digits = self.sha256[:CODE_DIGITS]
        return "-".join(digits[start : start + 4] for start in range(0, CODE_DIGITS, 4))

    def to_bytes(self) -> bytes:
        """The file itself."""
        return json_bytes({**self.content, "sha256": self.sha256})


class BrokenManifestError(ValueError):
    """清单.json is none, or was changed; the words are a Chinese clause."""


def read_manifest(data: bytes) -> Manifest:
    """Reads a manifest that nobody vouches for. Raises BrokenManifestError."""
    try:
        entry = json.loads(data)
        if entry["format"] != FORMAT:
            raise BrokenManifestError(f"{MANIFEST} 不是报送包的清单")
        if entry["format_version"] > FORMAT_VERSION:
            raise BrokenManifestError("报送包是用更新版本的程序做的，请升级 workbook-builder 后再导入")
        if entry.pop("sha256") != _hash(entry):
            raise BrokenManifestError(f"{MANIFEST} 被改动过（它自己的校验值不符）")
        return _manifest(entry)
    except BrokenManifestError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, InvalidOperation, RecursionError) as error:
        raise BrokenManifestError(f"{MANIFEST} 无法读取，可能被改动过") from error


def _manifest(entry: Mapping[str, Any]) -> Manifest:
    return Manifest(
        str(entry["sender"]),
        str(entry["form_id"]),
        int(entry["fiscal_year"]),
        str(entry["round"]),
        str(entry["packed_at"]),
        tuple(_sent(item) for item in entry["workbooks"]),
        tuple(_issue(item) for item in entry["issues"]),
        {str(name): str(digest) for name, digest in entry["files"].items()},
        _amounts({key: value for key, value in entry["totals"].items() if key != "projects"}),
    )


def _issue(entry: Mapping[str, Any]) -> Issue:
    issue = issue_from_json(entry)
    if not all(isinstance(word, str) for word in issue._replace(prefilled={}) if word != {}):
        raise TypeError("a record of an issue holds texts")
    return issue


def _hash(content: object) -> str:
    """Of the content whatever its layout."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _sent_json(sent: Sent) -> dict[str, Any]:
    moment = sent.modified_at and sent.modified_at.isoformat()
    return {
        **sent._asdict(),
        "amounts": _amounts_json(sent.amounts),
        "issue_ids": list(sent.issue_ids),
        "modified_at": moment,
    }


def _sent(entry: Mapping[str, Any]) -> Sent:
    texts = {
        name: str(entry[name]) for name in ("file", "sha256", "unit_code", "project_code", "project_name", "status")
    }
    moment = entry["modified_at"]
    return Sent(
        **texts,
        amounts=_amounts(entry["amounts"]),
        issue_ids=tuple(str(issue_id) for issue_id in entry["issue_ids"]),
        issue_order=int(entry["issue_order"]),
        modified_at=datetime.datetime.fromisoformat(moment) if moment else None,
    )


def _amounts_json(amounts: Mapping[str, Decimal]) -> dict[str, str]:
    return {key: amount_text(amount) for key, amount in amounts.items()}


def _amounts(entry: Mapping[str, Any]) -> dict[str, Decimal]:
    return {str(key): Decimal(value).quantize(FEN) for key, value in entry.items()}


def totals_of(sent: Iterable[Sent]) -> dict[str, Decimal]:
    """The sum of each money line that some declaration has."""
    totals: dict[str, Decimal] = {}
    for declaration in sent:
        for key, amount in declaration.amounts.items():
            totals[key] = totals.get(key, Decimal("0.00")) + amount
    return {key: totals[key] for key in MONEY_LINES if key in totals}


def manifest_mistakes(manifest: Manifest, labels: Mapping[str, str]) -> Iterator[str]:
    """What in a manifest does not go together, as Chinese clauses; labels: of the money lines."""
    for key, amount in totals_of(manifest.sent).items():
        if manifest.totals.get(key) != amount:
            said = amount_text(manifest.totals[key]) if key in manifest.totals else "空"
            yield f"清单中“{labels.get(key, key)}”的合计为 {said}，各项目之和为 {amount_text(amount)}"
    issues = {issue.issue_id for issue in manifest.issues}
    codes = [sent.project_code for sent in manifest.sent]
    yield from (f"清单中项目“{code}”不止一次" for code in dict.fromkeys(codes) if codes.count(code) > 1)
    for sent in manifest.sent:
        if manifest.files.get(sent.file) != sent.sha256:
            yield f"清单中“{sent.file}”的校验值前后不一"
        if not issues.issuperset(sent.issue_ids):
            yield f"清单中没有项目“{sent.project_code}”的下发记录"
