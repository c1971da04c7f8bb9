"""One form compiled for one shape, and the workbooks stamped out of it."""
