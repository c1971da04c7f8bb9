"""What came back, recorded; and the one place that says what counts."""
