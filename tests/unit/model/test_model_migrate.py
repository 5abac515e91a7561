"""Models of schema 1 are read as they are, and written anew in schema 2 without a change of the old file."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tim.errors import UnusableInput
from tim.exchange.export import export_model
from tim.job import Job
from tim.model import schema
from tim.model.info import model_info
from tim.model.migrate import migrate_model
from tim.model.validate import validate_model


def _schema(path: Path) -> dict[str, list[tuple]]:
    with closing(sqlite3.connect(path)) as connection:
        names = [*schema.ATTRIBUTE_TABLES, *schema.ATTRIBUTE_TABLES_2]
        return {name: sorted(row[1:4] for row in connection.execute(f"PRAGMA table_info({name})")) for name in names}


@pytest.fixture
def old_model(small_model: Path, tmp_path: Path) -> Path:
    """The small model as schema 1 had it."""
    path = Path(shutil.copy(small_model, tmp_path / "旧.gpkg"))
    with closing(sqlite3.connect(path)) as connection, connection:
        for table in schema.ATTRIBUTE_TABLES_2:
            connection.execute(f"DROP TABLE {table}")
            connection.execute("DELETE FROM gpkg_contents WHERE table_name = ?", (table,))
        connection.execute("DROP INDEX entity_class_index")
        connection.execute("DROP INDEX entity_parent")
        connection.execute("CREATE INDEX entity_class ON entity (class)")
        for table, columns in (
            ("entity", ("class_code", "space_code", "quality")),
            ("relation", ("basis", "version", "version_to")),
            ("model_version", ("valid_at",)),
        ):
            for column in columns:
                connection.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        connection.execute("UPDATE tim_metadata SET value = '1' WHERE key = 'schema'")
    return path


def test_an_old_model_opens_as_it_is(old_model: Path, tmp_path: Path) -> None:
    before = hashlib.sha256(old_model.read_bytes()).hexdigest()
    assert model_info(str(old_model), job=Job()).data["entities"]["building"] == 3
    assert validate_model(str(old_model), job=Job()).data["errors"] == []
    export_model(str(old_model), to=str(tmp_path / "旧.city.json"), job=Job())
    assert hashlib.sha256(old_model.read_bytes()).hexdigest() == before


def test_the_new_file_is_as_if_built_now_and_the_old_one_untouched(
    old_model: Path, small_model: Path, tmp_path: Path
) -> None:
    before = hashlib.sha256(old_model.read_bytes()).hexdigest()
    new = tmp_path / "新.gpkg"
    result = migrate_model(str(old_model), str(new), job=Job())
    assert (result.data["schema_from"], result.data["schema_to"]) == (1, 2)
    assert hashlib.sha256(old_model.read_bytes()).hexdigest() == before
    assert _schema(new) == _schema(small_model)
    assert validate_model(str(new), job=Job()).data["errors"] == []
    with closing(sqlite3.connect(new)) as one, closing(sqlite3.connect(small_model)) as other:
        for table in ("entity", "entity_class", "entity_attribute", "code_list", "relation"):
            query = f"SELECT * FROM {table} ORDER BY 1" if table != "entity" else "SELECT id, class FROM entity"
            assert one.execute(query).fetchall() == other.execute(query).fetchall(), table


def test_a_layer_with_the_name_of_a_new_table_is_told(old_model: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(old_model)) as connection, connection:
        connection.execute("UPDATE gpkg_contents SET table_name = 'code_list' WHERE table_name = '永久基本农田'")
    with pytest.raises(UnusableInput, match="code_list"):
        migrate_model(str(old_model), str(tmp_path / "新.gpkg"), job=Job())
    assert not (tmp_path / "新.gpkg").exists()


def test_a_model_of_the_future_is_refused(small_model: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(small_model, tmp_path / "将来.gpkg"))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE tim_metadata SET value = '99' WHERE key = 'schema'")
    with pytest.raises(UnusableInput, match="升级软件"):
        model_info(str(path), job=Job())
