"""The data inventory lists every column of every table."""

import inspect
import re
from pathlib import Path

from proctor_results.database import models

PAGE = Path(__file__).parents[2] / "docs" / "data-inventory.md"


def test_the_page_lists_the_columns_of_every_model() -> None:
    stored = {
        model._meta.table_name: {field.column_name for field in model._meta.sorted_fields}
        for _, model in inspect.getmembers(models, inspect.isclass)
        if issubclass(model, models.Row) and model is not models.Row
    }

    assert _documented_columns() == stored


def _documented_columns() -> dict[str, set[str]]:
    """Tables are headings; columns are the names in backticks in the first column of a table."""
    sections = re.split(r"^## ", PAGE.read_text(), flags=re.MULTILINE)[1:]
    return {
        section.split("\n", 1)[0].strip(): set(
            re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| (`[^|]*)\|", section, re.MULTILINE)))
        )
        for section in sections
    }
