"""Workbooks in other formats than .xlsx, and encrypted ones: each is read by a child process, or turned into an .xlsx."""
