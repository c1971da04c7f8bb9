"""报送包: what a collection passes on to the next level, as one zip file with a manifest by which it can be verified.

The manifest names every other file with its SHA-256, what each workbook was issued as, what it declares and the totals,
and carries a hash of itself, so that whatever is cut, swapped or edited on the way is found out without a shared
secret. Whoever forges all of it consistently is met by two things more: the receiver reads the amounts from the
workbooks again, and the first digits of the manifest's hash, which both sides show, can be compared by telephone.
"""

import datetime
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from workbook_builder.collection.json_records import from_json, json_bytes, to_json
from workbook_builder.collection.records import NO_WORDS, Issue
from workbook_builder.form.model import MONEY_LINES
from workbook_builder.values.numbers import amount_text

MANIFEST, SUMMARY = "清单.json", "汇总清单.xlsx"
WORKBOOKS, ARCHIVED = "工作簿", "档案"
RULES_PREFIX = f"{ARCHIVED}/规则-"
FORMAT, FORMAT_VERSION = "workbook-builder/报送包", 2  # 2: issues with their meta cell
CODE_DIGITS = 12


class SentReview(NamedTuple):
    """What a level below decided on a declaration."""

    level: str  # name of the folder of those who decided
    verdict: str
    opinion: str
    reviewer: str
    reviewed_on: str  # 2022-02-01; "" where nobody says


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
    reviews: tuple[SentReview, ...] = ()  # by the sender, and by those below him first


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
    publicity: Mapping[str, str] = NO_WORDS  # code of a project or sub-project -> 是, 部分 or 否

    @property
    def content(self) -> dict[str, Any]:
        """As JSON, without the hash."""
        words = {"workbooks" if name == "sent" else name: content for name, content in to_json(self).items()}
        totals = {"projects": len(self.sent), **words["totals"]}
        return {"format": FORMAT, "format_version": FORMAT_VERSION, **words, "totals": totals}

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
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BrokenManifestError(f"{MANIFEST} 无法读取，可能被改动过") from error


def _manifest(entry: Mapping[str, Any]) -> Manifest:
    """A newer program may have written words that this one does not know."""
    names = {name: "workbooks" if name == "sent" else name for name in Manifest._fields}
    words = {name: entry[word] for name, word in names.items() if word in entry or name != "publicity"}
    words["sent"] = [_sent_words(item) for item in words["sent"]]
    words["totals"] = {key: amount for key, amount in words["totals"].items() if key != "projects"}
    return from_json(words, Manifest)


def _sent_words(item: Mapping[str, Any]) -> dict[str, Any]:
    """An older program wrote no reviews."""
    reviews = [{name: one[name] for name in SentReview._fields} for one in item.get("reviews", ())]
    return {**{name: item[name] for name in Sent._fields if name != "reviews"}, "reviews": reviews}


def _hash(content: object) -> str:
    """Of the content whatever its layout."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


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
            total = amount_text(manifest.totals[key]) if key in manifest.totals else "空"
            yield f"清单中“{labels.get(key, key)}”的合计为 {total}，各项目之和为 {amount_text(amount)}"
    issues = {issue.issue_id for issue in manifest.issues}
    times = Counter(sent.project_code for sent in manifest.sent)
    yield from (f"清单中项目“{code}”不止一次" for code, count in times.items() if count > 1)
    for sent in manifest.sent:
        if manifest.files.get(sent.file) != sent.sha256:
            yield f"清单中“{sent.file}”的校验值前后不一"
        if not issues.issuperset(sent.issue_ids):
            yield f"清单中没有项目“{sent.project_code}”的下发记录"
