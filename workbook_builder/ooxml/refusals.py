"""Why a file is not read, in words for its sender: what the file is, and what to do."""

from workbook_builder.errors import UnreadableError
from workbook_builder.findings import finding_of_file
from workbook_builder.ooxml.kinds import ENCRYPTED, ET, HAND_BACK, XLS, Kind, OtherFormatError
from workbook_builder.rule_ids import (
    FILE_CORRUPT,
    FILE_ENCRYPTED,
    FILE_NOT_A_WORKBOOK,
    FILE_SECURITY_SOFTWARE,
    FILE_TOO_LARGE,
    FILE_UNSUPPORTED,
)


def corrupt(file: str, what: str) -> UnreadableError:
    """The error for a damaged file; what says in Chinese which damage was met."""
    remedy = "请用 Excel 或 WPS 打开原文件，另存为 .xlsx 后重交；打不开的，请用下发的文件重新填写后交回。"
    return _unreadable(FILE_CORRUPT, f"文件「{file}」已损坏或不完整：{what}。{remedy}")


def too_large(file: str, what: str) -> UnreadableError:
    """The error for a file beyond a limit; what says in Chinese which limit."""
    remedy = "请交回下发的 .xlsx 文件，只填写应填的单元格，不要粘贴图片、附件或大量数据。"
    return _unreadable(FILE_TOO_LARGE, f"文件「{file}」过大，未予读取：{what}。{remedy}")


def too_many_cells(file: str, most: int) -> UnreadableError:
    """The error for more cells in a sheet than are read."""
    return too_large(
        file, f"单元格超过 {most:,} 个，多半是表格下方、右边只有格式的空行、空列，请选中后整行、整列删除再保存"
    )


def too_much_content(file: str, most: int) -> UnreadableError:
    """The error for more cells with content, texts, names and the like than a form can have."""
    return too_large(file, f"有内容的单元格、文字或名称等超过 {most:,} 个")


def empty(file: str) -> UnreadableError:
    """The error for a file without a single byte."""
    return _unreadable(FILE_NOT_A_WORKBOOK, f"文件「{file}」是空的（0 字节），不是工作簿。{HAND_BACK}")


def other_format(file: str, kind: Kind | None) -> UnreadableError:
    """The error for a file of another kind, an OtherFormatError where it is known.

    No kind where the content is of no known one; then, and of what WPS writes like an .xls, the name says more.
    """
    if file.lower().endswith(".et") and (kind is None or kind is XLS):
        kind = ET._replace(format=kind and kind.format)
    if kind is None:
        looks = "内容无法识别，可能被加密软件加密，或在传送中损坏"
        return _unreadable(FILE_NOT_A_WORKBOOK, f"文件「{file}」不是 Excel 工作簿，{looks}。{HAND_BACK}")
    if kind is ENCRYPTED:
        return OtherFormatError(encrypted(file).finding, kind)
    if kind.is_table:
        rule, message = FILE_UNSUPPORTED, f"文件「{file}」是{kind.words}，不能直接读取。{kind.advice}"
    else:
        rule, message = FILE_NOT_A_WORKBOOK, f"文件「{file}」不是 Excel 工作簿，看起来是{kind.words}。{kind.advice}"
    return OtherFormatError(finding_of_file(rule, "error", message), kind)


def encrypted(file: str) -> UnreadableError:
    """The error for a file with a password."""
    remedy = (
        "请在 Excel 中“文件—信息—保护工作簿—用密码进行加密”去掉打开密码后重交；知道密码的，也可以加 --password 读取。"
    )
    return _unreadable(FILE_ENCRYPTED, f"文件「{file}」设有打开密码，无法读取。{remedy}")


def encrypted_by_software(file: str) -> UnreadableError:
    """The error for a file that an office's security software has encrypted."""
    remedy = "请在装有该软件的电脑上解密（或另存为不加密的文件）后重交。"
    return _unreadable(FILE_SECURITY_SOFTWARE, f"文件「{file}」可能被单位的加密软件加密，无法读取。{remedy}")


def _unreadable(rule: str, message: str) -> UnreadableError:
    return UnreadableError(finding_of_file(rule, "error", message))
