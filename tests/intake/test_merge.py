"""`merge`: parts become the workbook that would have been filled in whole; what does not fit together is said."""

from collections.abc import Sequence
from decimal import Decimal

import pytest

from tests.centre_of_parts import CODES, ROOT, Centre, came, declared
from tests.helpers import FEBRUARY, JANUARY, changed, files_under, is_chinese_sentence, project, rules, stamped
from tests.recorded import recorded_sum
from workbook_builder.cli.app import main
from workbook_builder.collection.roster import RosterProject
from workbook_builder.errors import UsageError
from workbook_builder.intake.merge import Merged, Merger
from workbook_builder.ledger.stands import Expected

pytestmark = pytest.mark.slow
MERGED = "合并_P1_党群服务.xlsx"


def test_import_stopped_before_merging__is_completed_by_the_next(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    for code in CODES:
        centre.comes(code, declared()[code])
    with monkeypatch.context() as patch:
        patch.setattr(Merger, "merged", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            centre.imports()
    assert recorded_sum(centre.ledger, "annual_appropriation") == 0
    done = centre.imports()
    assert [item.outcome for item in (*done.items, *done.merged)] == ["duplicate"] * 3 + ["current"]
    assert recorded_sum(centre.ledger, "annual_appropriation") == Decimal("1600000.00")


def test_part_replaced_while_merging__leaves_what_was_merged_unrecorded(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    for code in CODES:
        centre.comes_as(f"{code}.xlsx", stamped(centre.issued(code).filled(declared()[code]), JANUARY))
    merged, newer = Merger.merged, declared(annual_appropriation="700000.00")["P1-2"]

    def meanwhile(merger: Merger, root: RosterProject, parts: Sequence[Expected]) -> Merged:
        monkeypatch.setattr(Merger, "merged", merged)
        past = merged(merger, root, parts)
        centre.imports(centre.comes_as("改.xlsx", stamped(centre.issued("P1-2").filled(newer), FEBRUARY)))
        return past

    monkeypatch.setattr(Merger, "merged", meanwhile)
    done = centre.imports(*(centre.incoming / f"{code}.xlsx" for code in CODES))
    assert [item.outcome for item in done.merged] == ["superseded"]
    assert recorded_sum(centre.ledger, "annual_appropriation") == Decimal("1500000.00")


def clashes(centre: Centre) -> list[str]:
    """The sentences of an import and of a merge; both must say the same."""
    (item,) = centre.imports().merged
    assert (item.outcome, came(item.checked).status) == ("refused", "returned")
    merging = centre.merges()
    assert merging.exit_code == 1
    assert list(came(item.checked).findings) == list(merging.clashes)
    assert all(is_chinese_sentence(finding.message) for finding in merging.clashes)
    return [finding.message for finding in merging.clashes]


def test_parts_issued_with_other_rules__clash_and_both_are_named(
    centre: Centre, capsys: pytest.CaptureFixture[str]
) -> None:
    for code in CODES[:2]:
        centre.comes(code, declared()[code])
    centre.roster(ROOT, levels={"goal.length": "error"})
    centre.generates()
    centre.comes("P1-2", declared()["P1-2"])
    (sentence,) = [words for words in clashes(centre) if "P1-2" in words]
    assert "“P1.xlsx” 和 “P1-2.xlsx” 下发时的规则不同" in sentence
    assert main(["merge", str(centre.collection.folder)]) == 1
    assert "下发时的规则不同" in capsys.readouterr().out.replace("\n", "").replace(" ", "")
    assert recorded_sum(centre.ledger, "annual_appropriation") == 0


@pytest.mark.parametrize("at_hand", [0, 1, 3])
def test_merged_from_what_was_just_read__is_byte_for_byte_what_is_merged_of_the_archive(
    centre: Centre, monkeypatch: pytest.MonkeyPatch, at_hand: int
) -> None:
    monkeypatch.setattr("workbook_builder.intake.merge.PARTS_AT_HAND", at_hand)
    typed = declared(annual_goal="  完成90%\n“七一”活动<b>三次</b>", annual_appropriation="2000万")
    for code in CODES:
        centre.comes(code, typed[code])
    cells = {("02 社区环境", "E7"): "=300000+400000", ("02 社区环境", "F30"): 0.9}
    centre.comes_as("P1-2.xlsx", changed(centre.issued("P1-2").filled(typed["P1-2"]), cells))
    (item,) = centre.imports().merged
    merged = came(item.checked)
    ((path, checked),) = centre.merges().written
    kept = centre.collection.original(merged.sha256 or "", merged.file).read_bytes()
    assert (path.read_bytes(), checked.findings) == (kept, merged.findings)


def test_two_undecided_parts__clash(centre: Centre) -> None:
    for code in CODES:
        centre.comes_as(f"{code}.xlsx", stamped(centre.issued(code).filled(declared()[code]), JANUARY))
    other = declared(annual_appropriation="700000.00")["P1-2"]
    centre.comes_as("又一份.xlsx", stamped(centre.issued("P1-2").filled(other), JANUARY))
    assert any("P1-2.xlsx" in sentence and "同样新" in sentence for sentence in clashes(centre))


def test_part_of_another_root__is_refused_by_name(centre: Centre) -> None:
    for code in CODES:
        centre.comes(code, declared()[code])
    moved = ROOT.sub_projects[1]
    other = project("P2", "社区建设", sub_projects=(moved,))
    centre.roster(ROOT._replace(sub_projects=ROOT.sub_projects[:1]), other)
    centre.generates()
    centre.comes("P2", {key: value for key, value in declared()["P1"].items() if key != "project_code"})
    done = centre.imports()
    assert [(item.file, item.outcome) for item in done.merged] == [
        (MERGED, "current"),
        ("合并_P2_社区建设.xlsx", "refused"),
    ]
    (finding,) = came(done.merged[1].checked).findings
    assert "“P1-2.xlsx”是母项目“P1”的一部分" in finding.message
    assert "“P2”" in finding.message


def test_original_that_is_gone_from_the_archive__is_said(centre: Centre) -> None:
    for code in CODES:
        centre.comes(code, declared()[code])
    centre.imports()
    row = centre.ledger.current("sh-performance-target", 2022, parts=True)[0]
    centre.collection.original(row.sha256, row.file).unlink()
    (finding,) = centre.merges().clashes
    assert (finding.rule, row.sha256[:8] in finding.message) == ("file.unreadable", True)


def test_merge__writes_anew_but_never_over_what_was_worked_on(
    centre: Centre, capsys: pytest.CaptureFixture[str]
) -> None:
    for code in CODES:
        centre.comes_as(f"{code}.xlsx", stamped(centre.issued(code).filled(declared()[code]), JANUARY))
    centre.imports()
    folder = str(centre.collection.folder)
    assert main(["merge", folder, "P1"]) == 0
    assert "共合并 1 个母项目" in capsys.readouterr().out
    path = centre.collection.folder / "合并" / MERGED
    before = path.read_bytes()
    newer = declared(annual_appropriation="700000.00")["P1-2"]
    centre.comes_as("改.xlsx", stamped(centre.issued("P1-2").filled(newer), FEBRUARY))
    centre.imports()
    centre.merges()
    assert path.read_bytes() != before
    path.write_bytes(changed(path.read_bytes(), {("填表说明", "B9"): "王五"}))
    mine = files_under(centre.collection.folder, "合并")
    with pytest.raises(UsageError, match="没有覆盖"):
        centre.merges()
    assert files_under(centre.collection.folder, "合并") == mine
    with pytest.raises(UsageError, match="不是名册中有子项目的母项目"):
        centre.merges("P9")


def test_merged_workbook_that_comes_back__counts_once_and_mended_by_hand_counts_as_newer(centre: Centre) -> None:
    for code in CODES:
        centre.comes_as(f"{code}.xlsx", stamped(centre.issued(code).filled(declared()[code]), JANUARY))
    centre.imports()
    ((path, _),) = centre.merges().written
    (item,) = centre.imports(path).items
    assert item.outcome == "duplicate"
    mended = stamped(changed(path.read_bytes(), {("02 社区环境", "E7"): 700000}), FEBRUARY)
    (item,) = centre.imports(centre.comes_as("改.xlsx", mended)).items
    assert (item.outcome, rules(came(item.checked))) == (
        "current",
        ["funds.single_year", "funds.single_year", "indicator.copied_block"],
    )
    assert recorded_sum(centre.ledger, "annual_appropriation") == Decimal("1500000.00")
    assert centre.imports().merged == ()
