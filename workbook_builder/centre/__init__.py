"""What the centre makes of it: report, return copies, reminders, the package for the next level, next year."""
