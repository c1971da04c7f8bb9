"""The task folder: its roster, its records and what it sends out."""
