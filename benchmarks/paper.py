"""The arithmetic behind texts/paper.md: a province and the country, from figures that were measured on this machine."""

from collections.abc import Callable, Mapping

from benchmarks.growth import sizes
from workbook_builder.executors import processors

Figures = Mapping[str, float]
PROVINCE, COUNTRY = 60_000, 8_000_000  # projects a year
SECONDS_AN_HOUR, KIB, MIB, GIB, TIB = 3600, 2**10, 2**20, 2**30, 2**40
ARRIVING_BYTES_A_SECOND = MIB / 60  # at the deadline of a province
SHAPE = 2  # sub-projects of every project: as in the packaged example
RETURNED_SHARE = 0.5  # of what comes back, as in what was measured
COMING_TWICE = 1 + RETURNED_SHARE  # what was returned comes once more
DAYS_OF_COUNTRY = 20  # working days in which all of it is to be read
HOURS_OF_DAY = 8
FEW = 10  # projects of the trial's small collection


def _each(figures: Figures, command: str) -> float:
    """Seconds of processor time of one more file, between the fewest and the most that were measured."""
    name = f"{command}_processor"
    found = sizes(figures, name)
    if len(found) < 2:
        raise LookupError(name)
    return (figures[f"{name}_{found[-1]}"] - figures[f"{name}_{found[0]}"]) / (found[-1] - found[0])


def _of_all(figures: Figures, words: str) -> float:
    """Seconds of processor time of a command that asks, of a collection as large as a province: what it takes of a few projects,
    and what each further one adds in the trial.
    """
    few, many = figures[f"trial_{words}_few"], figures[f"trial_{words}_many"]
    return few + (many - few) / (figures["trial_collection"] - FEW) * PROVINCE


DERIVED: Mapping[str, Callable[[Figures], float]] = {
    f"stamp_sent_out_{SHAPE}_ms": lambda f: 1000 * f[f"stamp_sent_out_{SHAPE}"],
    f"stamp_filled_in_{SHAPE}_ms": lambda f: 1000 * f[f"stamp_filled_in_{SHAPE}"],
    f"stamp_deflating_{SHAPE}_ms": lambda f: 1000 * f[f"stamp_deflating_{SHAPE}"],
    "trial_kib_each": lambda f: f["trial_bytes_each"] / KIB,
    "file_kib": lambda f: f[f"file_bytes_{SHAPE}"] / KIB,
    "generate_ms": lambda f: 1000 * _each(f, "generate"),
    "import_ms": lambda f: 1000 * _each(f, "import_postgres"),
    "return_ms": lambda f: 1000 * _each(f, "return") / RETURNED_SHARE,
    # A province
    "province_generate_core_hours": lambda f: PROVINCE * _each(f, "generate") / SECONDS_AN_HOUR,
    "province_import_core_hours": lambda f: PROVINCE * COMING_TWICE * _each(f, "import_postgres") / SECONDS_AN_HOUR,
    "province_return_core_hours": lambda f: PROVINCE * _each(f, "return") / SECONDS_AN_HOUR,
    "province_import_hours_here": lambda f: f["province_import_core_hours"] / processors(),
    "province_arriving_a_second": lambda f: ARRIVING_BYTES_A_SECOND / f[f"file_bytes_{SHAPE}"],
    "province_arriving_load": lambda f: f["province_arriving_a_second"] * _each(f, "import_postgres"),
    "province_mib_a_minute_of_a_core": lambda f: 60 * f[f"file_bytes_{SHAPE}"] / _each(f, "import_postgres") / MIB,
    "province_last_day_cores": lambda f: PROVINCE * _each(f, "import_postgres") / (HOURS_OF_DAY * SECONDS_AN_HOUR),
    "province_empty_import_minutes": lambda f: _of_all(f, "import") / 60,
    "province_status_minutes": lambda f: _of_all(f, "status") / 60,
    "province_report_minutes": lambda f: _of_all(f, "report") / 60,
    "province_archive_gib": lambda f: PROVINCE * COMING_TWICE * f[f"file_bytes_{SHAPE}"] / GIB,
    "province_ledger_gib": lambda f: PROVINCE * COMING_TWICE * f["trial_bytes_each"] / GIB,
    "recording_a_second": lambda f: 1000 / f["trial_recording_last_ms"],
    "cores_that_outrun_recording": lambda f: 1000 * f[f"read_check_{SHAPE}"] / f["trial_recording_last_ms"],
    "recording_growth": lambda f: f["trial_recording_last_ms"] / f["trial_recording_first_ms"],
    "province_recording_core_hours": lambda f: PROVINCE * COMING_TWICE / f["recording_a_second"] / SECONDS_AN_HOUR,
    # The country
    "country_generate_core_hours": lambda f: COUNTRY * _each(f, "generate") / SECONDS_AN_HOUR,
    "country_import_core_hours": lambda f: COUNTRY * COMING_TWICE * _each(f, "import_postgres") / SECONDS_AN_HOUR,
    "country_cores": lambda f: f["country_import_core_hours"] / DAYS_OF_COUNTRY / HOURS_OF_DAY,
    "country_archive_tib": lambda f: COUNTRY * COMING_TWICE * f[f"file_bytes_{SHAPE}"] / TIB,
    "country_ledger_tib": lambda f: COUNTRY * COMING_TWICE * f["trial_bytes_each"] / TIB,
    "country_recording_core_hours": lambda f: COUNTRY * COMING_TWICE / f["recording_a_second"] / SECONDS_AN_HOUR,
    "country_files_million": lambda _: COUNTRY * COMING_TWICE / 1e6,
}  # fmt: skip


def derived(figures: Figures) -> dict[str, float]:
    """Those of which everything was measured; in the order in which they are written, later ones may use earlier ones."""
    found = dict(figures)
    for name, reckoned in DERIVED.items():
        try:
            found[name] = reckoned(found)
        except LookupError:
            continue
    return {name: found[name] for name in DERIVED if name in found}
