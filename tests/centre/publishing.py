"""An office that publishes: projects of every kind, and what a Word file says, read without the product."""

import io
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import docx
import pytest

from tests.helpers import Issued, collection_of, family, project, single, write_roster
from tests.recorded import FORM, YEAR
from workbook_builder.centre.publish.publishing import EVERYTHING, Check, Published, Wish, check_published, publish
from workbook_builder.collection.folder import Collection
from workbook_builder.collection.generate import generate
from workbook_builder.collection.roster import Roster, Settings, Unit
from workbook_builder.form.rules import packaged_catalogue
from workbook_builder.intake.importing import import_files
from workbook_builder.judge.opening import Desk
from workbook_builder.ledger.database import sqlite_url
from workbook_builder.ledger.recording import Ledger
from workbook_builder.ledger.reviews import Review

PLAIN, FAMILY, SECRET, PARTLY, SENT_BACK, LATE = (f"内码7731-{number:02}" for number in range(1, 7))
SECRET_SUB = f"{FAMILY}-03"
UNIT = Unit("单位码7731", "某街道社区党建服务中心", "联络员甲", "021-55667788", "jia@example.com")
PRIVATE = (
    "内码7731", "单位码7731", "联络员甲", "021-55667788", "jia@example.com", "填表员乙", "13812345678", "审核员丙", "内部意见",
    "财政科长丁", "021-99887766", "不超过预算控制数",
)  # fmt: skip
LONG_NAME = "社区党群服务阵地标准化规范化建设与“七色桥”区域化党建联盟特色工作及书记工作室建设综合保障（第三期）项目"
OVERVIEW = "第一段有“引号”、《书名》和 & 号，3<5。\n名称\t数量\n活动\t12\n培训\t5\n最后一段。"
NARRATIVE = {
    "overview": OVERVIEW, "legal_basis": "依据一\n依据二", "implementer": "本中心实施。", "plan": "分三步。",
    "period": "2022年全年。", "annual_budget": "共 120 万元。", "performance_goals": "{{project_name}}的目标。",
}  # fmt: skip
SUBS = 20


def roster() -> Roster:
    """Six root projects; one of them with twenty sub-projects, of which one is not public."""
    subs = tuple(
        project(f"{FAMILY}-{number:02}", f"分项{number}", unit_code=None, publicity="否" if number == 3 else None)
        for number in range(1, SUBS + 1)
    )
    kinds: Mapping[str, Mapping[str, Any]] = {
        PLAIN: {"name": LONG_NAME},
        FAMILY: {"name": "综合服务", "sub_projects": subs},
        SECRET: {"name": "不公开的项目", "publicity": "否"},
        PARTLY: {"name": "只公开表的项目", "publicity": "部分"},
        SENT_BACK: {"name": "退回的项目"},
        LATE: {"name": "未审核的项目"},
    }
    projects = tuple(project(code, **{"unit_code": UNIT.unit_code, **more}) for code, more in kinds.items())
    return Roster(Settings(YEAR, "一上", None, "财政科长丁", "021-99887766"), (UNIT,), projects)


def office_at(folder: Path, known: Roster, answers: Mapping[str, dict[str, Any]]) -> Collection:
    """A collection to which everything came back."""
    collection = collection_of(folder)
    write_roster(collection.roster, known)
    generate(collection, packaged_catalogue())
    desk = Desk(collection)
    for number, issue in enumerate(collection.issues().values()):
        data = Issued(collection, collection.folder / issue.file, desk).filled(answers[issue.project_code])
        (collection.folder / "收回" / f"{number}.xlsx").write_bytes(data)
    with closing(Ledger(sqlite_url(collection.ledger))) as ledger:
        import_files(collection, [collection.folder / "收回"], ledger)
    return collection


def answers() -> dict[str, dict[str, Any]]:
    contacts = {"filler": "填表员乙", "phone": "13812345678", "narrative": NARRATIVE}
    several = family(SUBS, **contacts)
    for number, sub in enumerate(several["sub_projects"]):
        sub["indicators"][1]["name"] = f"党建环境{number}"
    every = {code: single(**contacts) for code in (PLAIN, SECRET, PARTLY, SENT_BACK, LATE)}
    return {**every, FAMILY: several}


def reviewed(collection: Collection, verdicts: Mapping[str, str]) -> None:
    """Gives verdicts by project code."""
    with closing(Ledger(sqlite_url(collection.ledger))) as ledger:
        rows = [row for row in ledger.current(FORM, YEAR) if row.project_code in verdicts]
        said = [Review(r.project_code, r.sha256, verdicts[r.project_code], "内部意见", "审核员丙") for r in rows]
        ledger.within(collection).keep_reviews(FORM, YEAR, said)


def published(collection: Collection, wish: Wish = EVERYTHING) -> Published:
    with closing(Ledger(sqlite_url(collection.ledger))) as ledger:
        return publish(collection, ledger, wish)


def compared(collection: Collection, path: Path) -> Check:
    with closing(Ledger(sqlite_url(collection.ledger))) as ledger:
        return check_published(collection, ledger, path)


@contextmanager
def without_office() -> Iterator[None]:
    """No LibreOffice is at hand: a PDF of each document takes seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("workbook_builder.ooxml.foreign.office.PROGRAMS", ())
        yield


def copied(collection: Collection, folder: Path) -> Collection:
    """The same collection elsewhere, to be changed."""
    shutil.copytree(collection.folder, folder)
    return Collection(folder)


def paragraphs(path: Path) -> list[str]:
    """The paragraphs outside of tables, without empty ones."""
    return [p.text for p in docx.Document(str(path)).paragraphs if p.text.strip()]


def tables(path: Path) -> list[list[list[str]]]:
    """The rows of each table; of merged cells only the first says something."""
    found = []
    for table in docx.Document(str(path)).tables:
        rows = [[_text(cell) for cell in row._tr.tc_lst if cell.vMerge != "continue"] for row in table.rows]
        found.append(rows)
    return found


def _text(cell: Any) -> str:
    return "\n".join(paragraph.text for paragraph in cell.p_lst)


def parts(path: Path) -> Iterator[tuple[str, str]]:
    """Every part of a file as text: of a package each of its parts."""
    data = path.read_bytes()
    if not data.startswith(b"PK"):
        yield path.name, data.decode(errors="replace")
        return
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            yield f"{path.name}!{name}", archive.read(name).decode(errors="replace")


def altered(path: Path, target: Path, before: str, after: str) -> Path:
    """A copy of a Word file in which one piece of its text is another."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "word/document.xml":
                assert before.encode() in data
                data = data.replace(before.encode(), after.encode(), 1)
            new.writestr(name, data)
    return target
