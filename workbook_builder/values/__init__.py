"""What people type, as typed values: amounts, dates, texts, comparators and targets; no file, no form."""
