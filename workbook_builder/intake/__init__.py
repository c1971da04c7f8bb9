"""How it came in: files, archives, packages from below, parts of a whole."""
