"""Every model has the columns of its table, on both databases."""

import peewee
import pytest

from proctor_results.database import models
from proctor_results.database.connection import Database

MODELS = [
    model
    for model in vars(models).values()
    if isinstance(model, type) and issubclass(model, models.Row) and model is not models.Row
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_model_has_the_columns_of_its_table(
    database: Database, model: type[peewee.Model]
) -> None:
    table = model._meta.table_name
    columns = {column.name: column.null for column in database.peewee_database.get_columns(table)}

    assert {field.column_name: field.null for field in model._meta.sorted_fields} == columns
