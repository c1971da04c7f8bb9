"""延续: next year's collection from this year's accepted declarations."""
