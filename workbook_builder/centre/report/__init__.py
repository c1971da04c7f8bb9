"""汇总.xlsx: what the ledger holds, for people who live in Excel; and the reviews they write into it, read back."""
