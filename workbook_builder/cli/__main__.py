"""`python -m workbook_builder.cli`, as the add-in calls the command."""

import sys

from workbook_builder.cli import main

sys.exit(main())
