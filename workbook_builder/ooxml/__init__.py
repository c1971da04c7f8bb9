"""The file format: reading and writing packages, sheets and comments; knows no form."""
