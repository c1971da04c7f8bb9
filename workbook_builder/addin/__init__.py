"""The Excel add-in: its buttons, built from text, and what they do.

A button runs `workbook-builder addin run ACTION`. The answer (`answers`) is data: where xlwings can reach Excel, `excel`
carries it out there and then; elsewhere (WPS) the add-in's VBA carries out the same answer, written as lines.
"""
