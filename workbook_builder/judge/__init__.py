"""One workbook that came back: opened, located, judged, compared with its blank."""
