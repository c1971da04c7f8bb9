"""What every test may ask for: the real programs, as fixtures that skip the test where its program is missing."""

import gc
import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import settings

from tests.centre_of_departments import Centre, centre_of, new_centre
from tests.helpers import SENT_OUT, Issued, issued, parent, project
from tests.merging import quickly_merged
from tests.office.postgres import server
from tests.office.programs import (
    Click,
    Clicked,
    Job,
    Result,
    SdkProblem,
    Typed,
    Typing,
    click_buttons,
    click_by_xlwings,
    page_pictures,
    run_office,
    save_by_sheetjs,
    sdk_problems_of,
    type_by_keyboard,
)
from tests.passing_on import Level, bureau, new_street
from tests.rounds import Year, made_year
from workbook_builder.blank.compile import compile_blank
from workbook_builder.blank.compiled import Compiled, from_bytes, to_bytes
from workbook_builder.centre.package_out import Packed
from workbook_builder.cli.demo import Demo, run
from workbook_builder.form.layout import Shape
from workbook_builder.form.rules import Catalogue
from workbook_builder.form.template_reading import Template
from workbook_builder.judge.opening import Desk
from workbook_builder.ooxml.foreign.reading import read_any
from workbook_builder.ooxml.password import SPIN_COUNT

FEW_SPINS, MANY_BLANKS, READINGS_KEPT = 100, 32, 16
OBJECTS_BEFORE_COLLECTING = 100_000  # so much is kept from test to test that looking for garbage takes an eighth of all
LONGEST = (
    "tests/project/test_year.py",
    "tests/project/test_scenario.py",
    "tests/project/test_benchmarks.py",
    "tests/project/test_hindered.py",
    "tests/ledger/test_ledger.py",
    "tests/office/test_addin.py",
    "tests/office/test_never_laxer.py",
    "tests/project/test_killed.py",
    "tests/project/test_injection.py",
    "tests/project/test_cluster.py",
    "tests/project/test_interrupted.py",
)
gc.set_threshold(OBJECTS_BEFORE_COLLECTING)  # here, for collecting the tests makes a million objects, too
OFFICE_FIXTURES = frozenset(
    {"click_by_vba", "click_in_excel", "keyboard", "office", "postgres", "render", "sdk_problems", "sheetjs"}
)

# A shared machine is slow now and then, and CI must not fail for an example that nobody can repeat.
settings.register_profile("project", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("project")


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # The longest modules first: the others fill the time that each takes on one of the workers.
    order = {path: number for number, path in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.nodeid.partition("::")[0], len(order)))
    for item in items:
        if OFFICE_FIXTURES.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.office)


@contextmanager
def spinning(spin_count: int) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("workbook_builder.ooxml.password.SPIN_COUNT", spin_count)
        yield


def compiled_once(folder: Path) -> Callable[[Template, Shape, Catalogue], Compiled]:
    """Compiles, but restores what a worker has compiled before: a tenth of the time."""

    def compiled(template: Template, shape: Shape, catalogue: Catalogue) -> Compiled:
        key = repr((template.data, shape, catalogue.sha256)).encode()
        kept = folder / hashlib.sha256(key).hexdigest()
        if kept.is_file() and (restored := from_bytes(kept.read_bytes(), template.form, shape, catalogue)):
            return restored
        made = compile_blank(template, shape, catalogue)
        half = kept.with_suffix(f".{os.getpid()}")
        half.write_bytes(to_bytes(made))
        half.replace(kept)
        return made

    return compiled


@pytest.fixture(scope="session", autouse=True)
def _quick(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[None]:
    """Passwords are hashed with few spins, but for those who look at them; more blanks are kept than a command needs.

    A blank is compiled by one worker. What a desk read is kept, too: tests look at the same few workbooks again and again, and reading is a third of what
    that takes. What tests send out went out before the moments at which their units save.
    """
    base = tmp_path_factory.getbasetemp()
    of_all = base.parent if hasattr(request.config, "workerinput") else base  # a worker's lies in that of all
    blanks = of_all / "blanks"
    blanks.mkdir(exist_ok=True)
    with spinning(FEW_SPINS), quickly_merged(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("workbook_builder.blank.blank.compile_blank", compiled_once(blanks))
        patch.setattr("workbook_builder.judge.opening.read_any", lru_cache(READINGS_KEPT)(read_any))
        patch.setattr("workbook_builder.blank.blank.BLANKS_AT_HAND", MANY_BLANKS)
        patch.setattr("workbook_builder.collection.generate.now", lambda: SENT_OUT)
        patch.setattr("workbook_builder.garbage.OBJECTS_BEFORE_COLLECTING", OBJECTS_BEFORE_COLLECTING)
        yield


@pytest.fixture
def real_spins() -> Iterator[None]:
    """Passwords are hashed as the product hashes them."""
    with spinning(SPIN_COUNT):
        yield


@pytest.fixture(scope="session")
def office() -> Callable[[Sequence[Job]], list[Result]]:
    """LibreOffice: one start for a list of jobs, a result for each."""
    return run_office


@pytest.fixture(scope="session")
def keyboard() -> Callable[[Typing], dict[str, Typed]]:
    """LibreOffice on a virtual screen: one start for all that is typed into one workbook."""
    return type_by_keyboard


@pytest.fixture(scope="session")
def click_by_vba() -> Callable[[Path, Path, Sequence[Click]], list[Clicked]]:
    """The add-in's buttons in LibreOffice: add-in, APPDATA and clicks -> what each led to; one start for all."""
    return click_buttons


@pytest.fixture(scope="session")
def click_in_excel() -> Callable[[Sequence[Click]], list[Clicked]]:
    """The add-in's actions on LibreOffice through xlwings, as they run where Excel can be reached; one start for all."""
    return click_by_xlwings


@pytest.fixture
def render(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], list[Path]]:
    """A workbook's printed pages as PNG files, fonts as on an official form."""
    return lambda workbook: page_pictures(workbook, tmp_path_factory.mktemp("pages"))


@pytest.fixture(scope="session")
def sdk_problems() -> Callable[[Path], list[SdkProblem]]:
    """The real Open XML SDK's verdict on a workbook: an empty list where it is well-formed."""
    return sdk_problems_of


@pytest.fixture(scope="session")
def sheetjs() -> Callable[[Path, Path], None]:
    """SheetJS: saves a workbook again, in the format of the target's suffix."""
    return save_by_sheetjs


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL server of our own."""
    with server("fsync=off") as url:
        yield url


@pytest.fixture(scope="session")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The demonstration on the real example, run once, with passwords as the product hashes them."""
    with spinning(SPIN_COUNT):
        return run(tmp_path_factory.mktemp("demo") / "演示")


@pytest.fixture(scope="session")
def example(shown: Demo) -> Issued:
    """The real example's workbook as it is sent out."""
    return Issued(shown.collection, shown.issued, Desk(shown.collection))


@pytest.fixture(scope="session")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Issued:
    """The workbook of a project without sub-projects; the roster knows only its name."""
    return issued(tmp_path_factory.mktemp("alone") / "任务", project())


@pytest.fixture(scope="session")
def with_sub(tmp_path_factory: pytest.TempPathFactory) -> Issued:
    """The workbook of a project with the one sub-project 书记工作室."""
    return issued(tmp_path_factory.mktemp("with_sub") / "任务", parent("书记工作室"))


@pytest.fixture(scope="session")
def year(tmp_path_factory: pytest.TempPathFactory) -> Year:
    """The four rounds of a year, each in a collection of its own; to be copied by whoever changes one."""
    return made_year(tmp_path_factory.mktemp("year"))


@pytest.fixture(scope="session")
def centre_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collection with declarations in its ledger, to be copied."""
    folder = tmp_path_factory.mktemp("centre") / "任务"
    new_centre(folder)
    return folder


@pytest.fixture
def centre(centre_folder: Path, tmp_path: Path) -> Iterator[Centre]:
    """A copy of its own for each test."""
    with centre_of(tmp_path / "任务", centre_folder) as found:
        yield found


@pytest.fixture(scope="session")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Level]:
    """A sub-district that passes its declarations on; to be copied by whoever changes it."""
    place = new_street(tmp_path_factory.mktemp("street") / "2022年绩效目标申报")
    yield place
    place.ledger.close()


@pytest.fixture(scope="session")
def packed(street: Level) -> Packed:
    """Its package."""
    return street.packs()


@pytest.fixture
def department(tmp_path: Path) -> Iterator[Level]:
    """To which the sub-district passes them on."""
    place = bureau(tmp_path / "部门" / "2022年绩效目标申报")
    yield place
    place.ledger.close()
