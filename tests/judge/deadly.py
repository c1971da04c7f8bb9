"""What a file may do to the process that judges it, for workers that import this."""

import os

from workbook_builder.judge.batch import Job
from workbook_builder.judge.check import Checked, check
from workbook_builder.judge.opening import Desk


def judged_or_dead(desk: Desk, job: Job) -> Checked:
    """Judges; but one file kills the process."""
    if job.name.startswith("致命"):
        os._exit(1)
    return check(job.data, job.name, desk)
