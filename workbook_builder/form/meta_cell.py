"""What a workbook says of itself in its meta cell: the one thing about it that every program keeps."""

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple, cast, get_args

from workbook_builder.form.layout import FormShape, Part, Shape
from workbook_builder.form.model import SECTIONS
from workbook_builder.values.markup import CONTROL

SUB_PROJECTS_LIMIT, ROWS_LIMIT, ALL_ROWS_LIMIT = 400, 400, 20_000
NUMBER_LIMIT = 9999
ISSUES_JOINED = "+"
DIGEST = re.compile(r"[0-9a-f]{16}")


class Identity(NamedTuple):
    """Which project of which collection a workbook was issued for, and its shape."""

    form_id: str
    version: str
    fiscal_year: int
    round: str
    unit_code: str
    project_code: str
    issue_id: str  # of a workbook merged from parts: those of its parts, joined
    submission: int  # 1 when issued; one more with every return copy
    sub_projects: tuple[tuple[str, str], ...]  # project code and sheet title of each, in order
    shape: Shape
    parts_sha256: str = ""  # of a workbook merged from parts: tells those parts from others
    blank: str = ""  # the digest of what it was stamped from; "" where it was issued before that was kept

    @property
    def titles(self) -> tuple[str, ...]:
        """The sheet titles of the sub-projects."""
        return tuple(title for _, title in self.sub_projects)

    @property
    def issue_ids(self) -> tuple[str, ...]:
        """By what it was issued: of a workbook merged from parts the parent's part, then each sub-project's."""
        return tuple(self.issue_id.split(ISSUES_JOINED))

    @property
    def declared_code(self) -> str:
        """The project that is declared here: of a sub-project's part the sub-project, else the root."""
        return self.sub_projects[0][0] if self.shape.part == "sub_project" else self.project_code


def to_text(identity: Identity) -> str:
    """The content of the meta cell: one JSON object."""
    shapes = zip(identity.sub_projects, identity.shape.sub_projects, strict=True)
    return json.dumps(
        {
            "form": identity.form_id,
            "version": identity.version,
            "fiscal_year": identity.fiscal_year,
            "round": identity.round,
            "unit_code": identity.unit_code,
            "project_code": identity.project_code,
            "issue_id": identity.issue_id,
            "submission": identity.submission,
            **({"parts_sha256": identity.parts_sha256} if identity.parts_sha256 else {}),
            **({"blank": identity.blank} if identity.blank else {}),
            **_kind_json(identity.shape),
            **_shape_json(identity.shape.root),
            "sub_projects": [
                {"project_code": code, "sheet": title, **_shape_json(shape)} for (code, title), shape in shapes
            ],
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def _kind_json(shape: Shape) -> dict[str, Any]:
    """Only what is not as with every workbook: a whole project of a first round, no return copy."""
    words = {
        "part": shape.part if shape.part != "whole" else "",
        "opinion_rows": shape.opinion_rows,
        "beside": shape.has_beside,
        "decided": shape.is_decided,
    }
    return {word: value for word, value in words.items() if value}


def _shape_json(shape: FormShape) -> dict[str, Any]:
    sections = {"sections": sorted(shape.sections)} if shape.sections else {}
    return {"rows": dict(shape.rows), "prefilled": sorted(shape.prefilled), **sections}


def shape_text(shape: Shape) -> str:
    """A shape as text, always the same for the same shape."""
    forms = [_shape_json(form) for form in (shape.root, *shape.sub_projects)]
    return json.dumps([_kind_json(shape), *forms], ensure_ascii=False, sort_keys=True)


def from_text(text: str) -> Identity | None:
    """The identity in a meta cell; None where it is none. Nothing in it is trusted: sizes are bounded."""
    try:
        entry = json.loads(text)
        json.dumps(entry, ensure_ascii=False).encode()  # or half a surrogate pair would break whatever says it
        return _identity(entry)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
        return None


def _identity(entry: Mapping[str, Any]) -> Identity:
    """Raises what Python raises for JSON that is none, and ValueError for sizes that no workbook has."""
    shape = _shape(entry)
    return Identity(
        form_id=_word(entry["form"]),
        version=_word(entry["version"]),
        fiscal_year=_number(entry["fiscal_year"]),
        round=_word(entry["round"]),
        unit_code=_word(entry["unit_code"]),
        project_code=_word(entry["project_code"]),
        issue_id=_word(entry["issue_id"]),
        submission=_number(entry["submission"]),
        sub_projects=tuple((_word(sub["project_code"]), _word(sub["sheet"])) for sub in entry["sub_projects"]),
        shape=shape,
        parts_sha256=_word(entry.get("parts_sha256", "")),
        blank=_digest(entry.get("blank", "")),
    )


def _shape(entry: Mapping[str, Any]) -> Shape:
    subs = entry["sub_projects"]
    if not isinstance(subs, list) or len(subs) > SUB_PROJECTS_LIMIT:
        raise ValueError("no list of sub-projects, or more than a workbook can have")
    part, opinion_rows = _part(entry.get("part", "whole")), _number(entry.get("opinion_rows", 0))
    flags = entry.get("beside") is True, entry.get("decided") is True
    shape = Shape(_form_shape(entry), tuple(_form_shape(sub) for sub in subs), part, opinion_rows, *flags)
    if _all_rows(shape) > ALL_ROWS_LIMIT or not _fits(shape):
        raise ValueError("no shape that a workbook can have")
    return shape


def _part(word: Any) -> Part:
    for part in get_args(Part):
        if part == word:
            return cast(Part, part)
    raise ValueError("no part of a project")


def _fits(shape: Shape) -> bool:
    """Whether it has as many sub-projects as a workbook of its part holds."""
    return len(shape.sub_projects) == {"parent": 0, "sub_project": 1}.get(shape.part, len(shape.sub_projects))


def _number(value: Any) -> int:
    number = int(value)
    if not 0 <= number <= NUMBER_LIMIT:
        raise ValueError("no year and no count")
    return number


def _word(value: Any) -> str:
    """A name or code; what acts unseen in a database or a terminal is none."""
    word = str(value)
    if CONTROL.search(word):
        raise ValueError("no name and no code")
    return word


def _digest(value: Any) -> str:
    """It becomes part of a path."""
    if value and not DIGEST.fullmatch(value):
        raise ValueError("no digest of a blank")
    return str(value)


def _all_rows(shape: Shape) -> int:
    return sum(count for part in (shape.root, *shape.sub_projects) for _, count in part.rows)


def _form_shape(entry: Mapping[str, Any]) -> FormShape:
    rows = tuple((str(level2), int(count)) for level2, count in entry["rows"].items())
    if not all(0 <= count <= ROWS_LIMIT for _, count in rows):
        raise ValueError("no number of rows that a form can have")
    sections = frozenset(SECTIONS).intersection(entry.get("sections", ()))
    return FormShape(rows, frozenset(str(key) for key in entry["prefilled"]), sections)
