"""Where the folders that come with the package are: formulas, templates, macros."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
PACKAGED_TEMPLATE, PACKAGED_PUBLISH_TEMPLATE = "declaration_template.xlsx", "publish_template.docx"


def folder(name: str) -> Path:
    """The folder of that name: within the package where it was installed from a wheel, else beside it in the checkout.

    Raises FileNotFoundError where the installation lacks it.
    """
    bundled = PACKAGE / "_bundled"
    path = (bundled if bundled.is_dir() else PACKAGE.parent) / name
    if not path.is_dir():
        raise FileNotFoundError(f"the installation of workbook_builder lacks its folder {name}: {path}")
    return path


def packaged_template() -> bytes:
    """The form that comes with the product, as an .xlsx template."""
    return (folder("templates") / PACKAGED_TEMPLATE).read_bytes()


def packaged_publish_template() -> bytes:
    """The document for the public that comes with the product, as a .docx template."""
    return (folder("templates") / PACKAGED_PUBLISH_TEMPLATE).read_bytes()
