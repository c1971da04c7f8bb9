"""The command workbook-builder: words in, words out, no logic."""

from workbook_builder.cli.app import main

__all__ = ["main"]
