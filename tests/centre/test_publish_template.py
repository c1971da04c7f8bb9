"""公开模板.docx: what an officer changes in Word is followed, and what is wrong with it is told in Chinese."""

import io
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn

from tests.centre.publishing import copied, paragraphs, parts, published, reviewed, tables, without_office
from tests.helpers import is_chinese_sentence, packaged
from tools.draw_publish_template import drawn
from workbook_builder.centre.publish.word_template import load_word_template
from workbook_builder.cli.app import main
from workbook_builder.cli.demo import Demo
from workbook_builder.collection.folder import Collection
from workbook_builder.errors import ContentError
from workbook_builder.resources import packaged_publish_template

Change = Callable[[Any], None]


def changed(change: Change) -> bytes:
    document = docx.Document(io.BytesIO(packaged_publish_template()))
    change(document)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def mistakes(change: Change) -> list[str]:
    with pytest.raises(ContentError) as told:
        load_word_template(changed(change), "公开模板.docx", packaged().form)
    messages = [finding.message for finding in told.value.findings]
    assert all(map(is_chinese_sentence, messages)), messages
    return messages


def paragraph(document: Any, text: str) -> Any:
    return next(one for one in document.paragraphs if text in one.text)


def retype(before: str, after: str) -> Change:
    def change(document: Any) -> None:
        run = next(run for run in paragraph(document, before).runs if before in run.text)
        run.text = run.text.replace(before, after)

    return change


def remove(text: str) -> Change:
    def change(document: Any) -> None:
        element = paragraph(document, text)._p
        element.getparent().remove(element)

    return change


def add(xml: str) -> Change:
    def change(document: Any) -> None:
        paragraph(document, "三、实施主体")._p.append(
            parse_xml(xml.replace("<w:", "<w:", 1).replace(">", f" {nsdecls('w')}>", 1))
        )

    return change


def twice(text: str) -> Change:
    def change(document: Any) -> None:
        element = paragraph(document, text)._p
        element.addnext(deepcopy(element))

    return change


def linked_picture(document: Any) -> None:
    document.part.relate_to(
        "file:///C:/a.png",
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships/image",
        is_external=True,
    )


def without_style(document: Any) -> None:
    document.styles["表格文字"].delete()


def without_break(document: Any) -> None:
    for one in list(document.element.body.iter(qn("w:sectPr")))[:-1]:
        one.getparent().remove(one)


def in_a_header(document: Any) -> None:
    document.sections[-1].header.paragraphs[0].text = "{{project_name}}"


def test_packaged_template__is_what_the_script_draws_and_has_no_mistake() -> None:
    assert packaged_publish_template() == drawn()
    template = load_word_template(packaged_publish_template(), "公开模板.docx", packaged().form)
    assert template.unit is None
    assert "一、项目概述" in template.fixed


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (remove("{{narrative.plan}}"), "缺少标记 {{narrative.plan}}（四、实施方案）"),
        (remove("{{forms}}"), "标记 {{forms}} 应单独成段，写一处"),
        (twice("{{forms}}"), "现有 2 处"),
        (remove("{{contents}}"), "标记 {{contents}} 应单独成段"),
        (retype("{{project_name}}", "{{project_nam}}"), "不能写标记 {{project_nam}}"),
        (retype("{{project_name}}", "{{phone}}"), "不能公开"),
        (retype("{{project_name}}", "{{deadline}}"), "不能公开"),
        (retype("{{project_name}}", "{{project_name}"), "左右各两个英文半角的花括号"),
        (retype("{{project_name}}", "｛｛project_name｝｝"), "左右各两个英文半角的花括号"),
        (retype("{{narrative.plan}}", "方案：{{narrative.plan}}"), "应单独成段"),
        (retype("{{department}}", "{{annual_funds}}"), "封面、目录、页眉、页脚里只能写"),
        (retype("{{forms}}", "{{forms:美元}}"), "写“元”或“万元”"),
        (in_a_header, "封面、目录、页眉、页脚里只能写"),
        (without_break, "应有且只有一个分节符"),
        (without_style, "缺少样式“表格文字”"),
        (linked_picture, "链接到别处"),
        (add("<w:ins><w:r><w:t>改</w:t></w:r></w:ins>"), "没有接受的修订"),
        (add("<w:r><w:commentReference w:id='0'/></w:r>"), "有批注"),
        (add("<w:r><w:rPr><w:vanish/></w:rPr><w:t>密</w:t></w:r>"), "隐藏的文字"),
        (add("<w:fldSimple w:instr='AUTHOR'><w:r><w:t>某人</w:t></w:r></w:fldSimple>"), "有域代码“AUTHOR”"),
    ],
)  # fmt: skip
def test_mistake_in_a_template__is_told_in_chinese(change: Change, told: str) -> None:
    messages = mistakes(change)
    assert any(told in message for message in messages)
    assert all(message.startswith("“公开模板.docx”：") for message in messages)


@pytest.fixture(scope="module")
def seed(shown: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collection]:
    collection = copied(shown.collection, tmp_path_factory.mktemp("seed") / "任务")
    reviewed(collection, {"DJ2022-01": "通过"})
    with without_office():
        yield collection


@pytest.mark.slow
def test_template_of_the_collection__is_followed_and_its_editor_is_nowhere(seed: Collection, tmp_path: Path) -> None:
    def change(document: Any) -> None:
        title = paragraph(document, "{{project_name}}")
        title.runs[0].text = "关于{{proj"  # Word cuts a marker into runs wherever somebody paused
        title.add_run("ect_name}}的").bold = True
        title.add_run("说明（{{department}}，{{annual_funds}}元）")
        retype("一、项目概述", "（一）概述")(document)
        retype("{{forms}}", "{{forms:万元}}")(document)
        document.core_properties.author = document.core_properties.last_modified_by = "编辑者戊"
        document.settings.element.append(parse_xml(f'<w:rsids {nsdecls("w")}><w:rsid w:val="00AB12CD"/></w:rsids>'))
        title._p.set(qn("w:rsidR"), "00AB12CD")

    collection = copied(seed, tmp_path / "任务")
    (collection.folder / "公开模板.docx").write_bytes(changed(change))
    done = published(collection)
    path = done.folder / "党群综合服务.docx"
    said = paragraphs(path)
    assert said[:2] == [
        "关于党群综合服务的说明（上海市松江区人民政府广富林街道办事处，141.17元）",
        "（一）概述",
    ]
    head = tables(path)[2]
    assert head[3] == ["项目资金\n(万元)", "项目资金总额", "28.67", "年度资金申请总额", "28.67"]
    for one in done.written:
        assert [name for name, text in parts(one) if "编辑者戊" in text or "00AB12CD" in text] == []


def test_packaged_template__is_written_to_be_edited(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "公开模板.docx"
    assert main(["template", "document", str(target)]) == 0
    assert target.read_bytes() == packaged_publish_template()
    assert "公开模板.docx" in capsys.readouterr().out
    assert main(["template", "document", str(target)]) == 2  # not overwritten
