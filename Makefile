# Two commands do everything on a fresh Debian 12: `make demo` and `make test`.
.PHONY: demo test lint format plugin clean

demo:
	@sh installers/developer/setup.sh demo
	@.venv/bin/python -m tim.demo --out demo

test:
	@sh installers/developer/setup.sh test
	@sh tests/run.sh

lint:
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy

format:
	@.venv/bin/ruff check --fix .
	@.venv/bin/ruff format .

plugin:
	@.venv/bin/python installers/plugin_zip.py

clean:
	rm -rf build demo .venv .venv-qgis .pytest_cache .mypy_cache .ruff_cache .hypothesis
