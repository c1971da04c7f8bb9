"""The workbook names, each of which points to cells: of the keys, and of what the hidden sheet 选项 holds."""

CODES_NAME, MESSAGES_NAME, COLUMNS_NAME = "check_codes", "check_messages", "check_columns"
ALIASES_NAME = "choices_comparator_aliases"


def cell_name(sub_project: int | None, key: str) -> str:
    """The name of a key's cell: root_annual_funds, sub1_annual_funds; sub-projects count from 1."""
    prefix = "root" if sub_project is None else f"sub{sub_project + 1}"
    return f"{prefix}_{key.replace('.', '_')}"


def choices_name(key: str) -> str:
    """The name of a field's list."""
    return "choices_" + key.replace(".", "_")


def constant_name(key: str) -> str:
    """The name of a cell with something of the whole collection, such as the year."""
    return f"collection_{key}"
