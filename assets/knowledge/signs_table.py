"""Writes the tables signs_*.csv, for the scripts beside it."""

import csv
from pathlib import Path

HERE = Path(__file__).parent


def write(name, head, rows):
    """The table of this name: its head, its columns parted by commas, and its rows."""
    path = HERE / f"signs_{name}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(head.split(","))
        count = sum(1 for row in rows if table.writerow(row))
    print(path.name, count, "rows", path.stat().st_size, "bytes")
