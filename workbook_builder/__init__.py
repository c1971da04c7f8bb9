"""Declaration workbooks, out and back: generate locked forms, read them again, judge them by their own formulas.

Whatever the commands do is here, each usable without the command. The names stand in __init__.pyi; each is imported
when it is first asked for, so that a command loads only what it needs.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
