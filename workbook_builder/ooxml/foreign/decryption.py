"""Workbooks with an open password: read where one of the passwords at hand opens them."""

import json
from collections.abc import Sequence

from workbook_builder.errors import UnreadableError
from workbook_builder.findings import finding_of_file
from workbook_builder.ooxml.foreign import child
from workbook_builder.ooxml.kinds import ENCRYPTED
from workbook_builder.ooxml.refusals import corrupt, other_format, too_large
from workbook_builder.rule_ids import FILE_ENCRYPTED

CHILD = "workbook_builder.ooxml.foreign.decrypt_child"
# With it Excel encrypts what is protected against changes only: it opens such a file without asking.
DEFAULT_PASSWORD = "VelvetSweatshop"


def decrypted(data: bytes, file: str, passwords: Sequence[str]) -> bytes:
    """The workbook without its encryption; passwords are tried in order, after the one that Excel tries.

    Raises UnreadableError with rule file.encrypted where none fits, file.corrupt or .too_large where it cannot be read.
    """
    given = [password for password in passwords if password]
    line = json.dumps([DEFAULT_PASSWORD, *given]).encode() + b"\n"
    ended = child.run(CHILD, line + data)
    match ended.fate:
        case "done":
            return ended.output
        case "encrypted":
            raise _wrong_password(file) if given else other_format(file, ENCRYPTED)
        case "damaged":
            raise corrupt(file, "它设有打开密码，但加密的内容有错，或用了不支持的加密方式")
    raise too_large(file, "它设有打开密码，解密所用的时间或内存超过限制")


def _wrong_password(file: str) -> UnreadableError:
    remedy = "请核对密码后再试，或请单位去掉打开密码后重交。"
    message = f"文件「{file}」设有打开密码，给出的密码打不开。{remedy}"
    return UnreadableError(finding_of_file(FILE_ENCRYPTED, "error", message))
