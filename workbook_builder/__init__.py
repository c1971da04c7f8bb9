"""Declaration workbooks, out and back: generate locked forms, read them again, judge them by their own formulas."""
