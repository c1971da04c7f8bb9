"""The commands of workbook-builder: each reads its arguments, calls the library, shows what it says.

A command imports what it needs when it runs, so that a short one starts quickly.
"""
