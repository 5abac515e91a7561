"""A store that is locked, read-only, full, killed in mid-write or gone: one line, and always the last good state."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from epochs import FIRST, Parcels, address, box, make_model, second_epoch, write
from postgis_server import PostgisServer, find_programs

import tim.store.file
from tim.errors import TimError, UnusableInput, UsageError
from tim.job import Job
from tim.model.info import model_info
from tim.model.validate import find_errors
from tim.store import open_store
from tim.store.archive import table_digests
from tim.store.copying import copy_to_server
from tim.versions.command import update_model

MANY = 1500
MOMENTS = 50


def _many(shift: float, use: str) -> Parcels:
    return {
        f"P{number}": (box(x + shift, y, x + 8, y + 8), {"YT": use, "MJ": 64.0})
        for number, (x, y) in enumerate((10 * (n % 40), 10 * (n // 40)) for n in range(MANY))
    }


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A model of many parcels, and a later epoch in which each of them is another."""
    from tim.assembly.layers import create_model

    folder = tmp_path_factory.mktemp("大")
    source = write(folder / "一.gpkg", _many(0, "住宅"), "BSM")
    create_model(layers={"parcel": str(source)}, out=str(folder / "大.gpkg"), date="2020-01-01", job=Job())
    return {"model": folder / "大.gpkg", "epoch": write(folder / "二.gpkg", _many(1, "商业"), "BSM")}


def _update_in_child(model: Path, epoch: Path, delay: float) -> bool:
    """Update in a fork that is killed after `delay` seconds; whether it came to its end before."""
    child = os.fork()
    if not child:
        try:
            update_model(str(model), layers={"parcel": str(epoch)}, date="2024-01-01", job=Job())
        finally:
            os._exit(0)
    time.sleep(delay)
    done, _ = os.waitpid(child, os.WNOHANG)
    if not done:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return bool(done)


def test_killed_at_any_moment_it_is_the_last_good_state(large: dict[str, Path], tmp_path: Path) -> None:
    before = table_digests(large["model"], Job())
    started = time.monotonic()
    whole = Path(shutil.copy(large["model"], tmp_path / "全.gpkg"))
    update_model(str(whole), layers={"parcel": str(large["epoch"])}, date="2024-01-01", job=Job())
    lasts = time.monotonic() - started
    after = table_digests(whole, Job())
    states, rng = [], random.Random(5)
    for number in range(MOMENTS):
        path = Path(shutil.copy(large["model"], tmp_path / f"{number}.gpkg"))
        finished = _update_in_child(path, large["epoch"], rng.uniform(0.2, 1.1) * lasts)
        found = table_digests(path, Job())
        is_old = found == before
        assert is_old or found["parcel"] == after["parcel"]
        assert is_old or found["entity_history"] == after["entity_history"]
        assert not (finished and is_old)
        states.append(is_old)
        for side in tmp_path.glob(f"{number}.gpkg*"):
            side.unlink()
    assert True in states


def test_a_killed_model_is_sound_and_can_be_updated_again(large: dict[str, Path], tmp_path: Path) -> None:
    path = Path(shutil.copy(large["model"], tmp_path / "杀.gpkg"))
    child = os.fork()
    if not child:  # dies in the middle of a transaction that has reached the file
        store = open_store(str(path), writable=True)
        store.execute("PRAGMA cache_size = 5")
        store.execute("BEGIN IMMEDIATE")
        store.execute("DELETE FROM parcel")
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    assert Path(f"{path}-journal").stat().st_size
    assert model_info(str(path), job=Job()).data["entities"]["parcel"] == MANY
    assert find_errors(path, Job()) == []
    assert not Path(f"{path}-journal").exists()
    update_model(str(path), layers={"parcel": str(large["epoch"])}, date="2024-01-01", job=Job())


def test_a_locked_model_is_told_and_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_model(tmp_path)
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        monkeypatch.setattr(tim.store.file, "BUSY_SECONDS", 0.2)
        with pytest.raises(TimError, match="正被其他程序写入"):
            second_epoch(str(path), tmp_path)
        (tmp_path / "二期.gpkg").unlink()
        monkeypatch.setattr(tim.store.file, "BUSY_SECONDS", 20)
        threading.Timer(0.5, lambda: other.execute("COMMIT")).start()
        assert second_epoch(str(path), tmp_path)["version"] == 2


def test_readers_go_on_while_one_writes(tmp_path: Path) -> None:
    path = make_model(tmp_path)
    with closing(open_store(str(path), writable=True)) as writer, writer.writing():
        writer.execute("DELETE FROM parcel")
        with closing(open_store(str(path))) as one, closing(open_store(str(path))) as other:
            assert len(one.read("parcel")) == len(other.read("parcel")) == len(FIRST)


def test_a_reader_sees_one_state_from_start_to_end(model_place: str, tmp_path: Path) -> None:
    if "://" not in model_place:  # a writer of the file waits until its readers have gone
        pytest.skip("readers of the file hold its writer up")
    with closing(open_store(model_place)) as reader:
        before = reader.query("SELECT count(*) FROM entity")
        second_epoch(model_place, tmp_path)
        assert reader.latest() == 1 and reader.query("SELECT count(*) FROM entity") == before
    with closing(open_store(model_place)) as reader:
        assert reader.latest() == 2


def test_a_read_only_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_model(tmp_path)
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everything
    with pytest.raises(TimError, match="只读"):
        second_epoch(str(path), tmp_path)
    monkeypatch.undo()
    with closing(open_store(str(path))) as store, pytest.raises(TimError, match="只读"):
        store.execute("DELETE FROM parcel")


def test_a_full_disk(large: dict[str, Path], tmp_path: Path) -> None:
    path = Path(shutil.copy(large["model"], tmp_path / "满.gpkg"))
    before = table_digests(path, Job())
    with closing(open_store(str(path), writable=True)) as store:
        pages = store.query("PRAGMA page_count")[0][0]
        store.execute(f"PRAGMA max_page_count = {pages + 20}")  # what SQLite says is what it says of a full disk
        rows = store.read("parcel")
        with pytest.raises(OSError) as caught, store.writing():
            store.write("parcel", rows)
        assert caught.value.errno == 28
    assert table_digests(path, Job()) == before


def test_a_model_that_was_removed(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="找不到"):
        second_epoch(str(tmp_path / "没有.gpkg"), tmp_path)
    text = tmp_path / "文字.gpkg"
    text.write_text("不是模型")
    (tmp_path / "二期.gpkg").unlink(missing_ok=True)
    with pytest.raises(UnusableInput, match="不是"):
        second_epoch(str(text), tmp_path)


def test_several_writers_on_the_server(tmp_path: Path, postgis: PostgisServer) -> None:
    place = address(postgis)
    copy_to_server(str(make_model(tmp_path)), place, Job())
    sources = [write(tmp_path / f"{n}.gpkg", {f"N{n}": (box(300 + 20 * n, 0, 310 + 20 * n, 10), {"YT": "新"})}, "BSM")
               for n in range(4)]  # fmt: skip
    failures: list[BaseException] = []

    def work(source: Path) -> None:
        try:
            update_model(store=place, layers={"parcel": str(source)}, date="2024-01-01", scope="partial", job=Job())
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(source,)) for source in sources]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with closing(open_store(place)) as store:
        assert [row[0] for row in store.query("SELECT version FROM model_version ORDER BY 1")] == [1, 2, 3, 4, 5]
        assert len(store.read("parcel")) == len(FIRST) + 4
        versions = store.query("SELECT DISTINCT version FROM entity_change ORDER BY 1")
        assert [row[0] for row in versions] == [2, 3, 4, 5]


def test_a_server_that_goes_away(tmp_path: Path) -> None:
    programs = find_programs()
    if programs is None:
        pytest.skip("no PostgreSQL with PostGIS on this machine")
    server = PostgisServer(programs)
    place = address(server, "会断")
    try:
        copy_to_server(str(make_model(tmp_path)), place, Job())
        store = open_store(place, writable=True)
        with closing(store), pytest.raises(TimError, match="断了"), store.writing():
            store.delete("parcel", ["x"])
            server._control("stop", "-m", "immediate")
            store.query("SELECT count(*) FROM parcel")
        with pytest.raises(TimError, match="连不上"):
            open_store(place)
        server._control("start", "-o", f"-k {server.folder} -c listen_addresses=''", "-l", str(server.folder / "log"))
        with closing(open_store(place)) as store:
            assert len(store.read("parcel")) == len(FIRST)
    finally:
        server.stop()


@pytest.mark.parametrize(
    "place",
    [
        "postgresql://tim:GEHEIM@/?host=/nowhere",
        "postgresql://tim:GEHEIM@127.0.0.1:1/tim?schema=甲",
        "postgresql://tim:GEHEIM@host:GEHEIM/tim",
        "postgresql://tim:GEHEIM@127.0.0.1/tim?schema=a;DROP",
        "postgresql://tim:GEHEIM@127.0.0.1/tim?nonsense=1",
        "mysql://tim:GEHEIM@host/tim",
    ],
)
def test_no_password_in_what_is_told(place: str) -> None:
    from tim.errors import describe

    try:
        open_store(place)
    except TimError as error:
        told = describe(error)
        assert "GEHEIM" not in told.message + told.detail
        assert told.exit_status in (1, 2) and "\n" not in told.message
    else:
        raise AssertionError("opened")


def test_no_password_in_the_model(tmp_path: Path, postgis: PostgisServer) -> None:
    path = make_model(tmp_path)
    place = address(postgis).replace("postgres@", "postgres:GEHEIM@")
    copy_to_server(str(path), place, Job())
    data = second_epoch(place, tmp_path)
    with closing(open_store(place)) as store:
        every = [
            store.query(f"SELECT * FROM {table}") for table in ("process", "model_version", "tim_metadata", "source")
        ]
        assert "GEHEIM" not in repr(every) + repr(data) + store.name


def test_rows_of_a_window_do_not_depend_on_the_store(tmp_path: Path, postgis: PostgisServer, large: dict) -> None:
    place = address(postgis)
    copy_to_server(str(large["model"]), place, Job())
    rng = np.random.default_rng(1)
    with closing(open_store(str(large["model"]))) as one, closing(open_store(place)) as other:
        west, south = 500_000, 3_400_000
        for _ in range(20):
            x, y = rng.uniform(-20, 420, 2)
            window = (west + x, south + y, west + x + rng.uniform(0, 90), south + y + rng.uniform(0, 90))
            assert set(one.window("parcel", window).ids) == set(other.window("parcel", window).ids)
