"""The workbook names by which formulas and validations read the hidden sheet 选项: each points to cells."""

CODES_NAME, MESSAGES_NAME, ALIASES_NAME = "check_codes", "check_messages", "choices_comparator_aliases"


def choices_name(key: str) -> str:
    """The name of a field's list."""
    return "choices_" + key.replace(".", "_")


def constant_name(key: str) -> str:
    """The name of a cell with something of the whole collection, such as the year."""
    return f"collection_{key}"
