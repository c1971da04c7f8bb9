"""How the workbooks look that the centre works in: 名册, lists, reports. The official form looks as its template says."""

from collections.abc import Mapping
from typing import Any

FONT: Mapping[str, Any] = {
    "font_name": "宋体", "font_size": 11, "font_charset": 134, "font_family": 0, "font_scheme": "none",
}  # fmt: skip
LIST_POINTS = 10  # lists and reports: more on a screen and on a page than in 名册, which is typed into
LIST_FONT: Mapping[str, Any] = {**FONT, "font_size": LIST_POINTS}
HEADING: Mapping[str, Any] = {
    "font_name": "黑体", "align": "center", "border": 1, "border_color": "#8EA9C8", "text_wrap": True,
}  # fmt: skip
TITLE: Mapping[str, Any] = {"font_name": "黑体", "font_size": 16, "font_color": "#1F3864"}
ADVICE: Mapping[str, Any] = {"font_size": 10, "font_color": "#595959"}
DARK_HEADING: Mapping[str, Any] = {**HEADING, "font_color": "#FFFFFF", "bg_color": "#1F4E78"}
LIGHT_HEADING: Mapping[str, Any] = {**HEADING, "font_color": "#1F3864", "bg_color": "#DDEBF7"}
GRID: Mapping[str, Any] = {"border": 1, "border_color": "#BFBFBF"}
KINDS: Mapping[str, Mapping[str, Any]] = {
    "text": {"num_format": "@", "text_wrap": True},
    "amount": {"num_format": "#,##0.00"},
    "date": {"num_format": "yyyy-mm-dd", "align": "center"},
    "whole": {"num_format": "0", "align": "center"},
    "code": {"num_format": "@", "align": "fill"},  # cut off where it is longer than its column
    "link": {"font_color": "#0563C1", "underline": 1, "text_wrap": True},
}
