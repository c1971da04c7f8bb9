"""退回: copies of what has to be mended, with opinions and marked cells."""
