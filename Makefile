# make demo    train on generated lesions, export through the gate, sign, answer for photos (build/demo)
# make app     open the app on this computer (a window; no network)
# make test    the whole test suite
# make check   lint, formatting, types, import rules
# make lock    resolve the dependencies anew (needs a network)
# Each sets up what it needs, in environments inside this folder; the system's Python is left alone.

# Any of these will do; `make test PYTHON=3.12` insists on one.
PYTHON ?= >=3.11,<3.14
# Test processes side by side; each keeps to one thread.
WORKERS ?= 2

# A shim can be on the path and still not run, so ask it for its version.
UV := $(shell uv --version >/dev/null 2>&1 && echo uv || echo .venv-tools/bin/uv)
UV_READY := $(filter-out uv,$(UV))

# A stamp carries a digest of the lock it was made from: another lock, another set-up.
digest = $(shell cat $(1) pyproject.toml 2>/dev/null | cksum | cut -d ' ' -f 1)
DEV := .venv/.stamp-$(call digest,requirements/dev.lock)
DEMO := .venv-demo/.stamp-$(call digest,requirements/demo.lock)
APP := .venv-app/.stamp-$(call digest,requirements/app.lock)
# tflite-runtime ended with Python 3.11; where there is none, the test that wants it says so and is skipped.
OLD_RUNTIME := .venv-old-runtime/.stamp-$(call digest,requirements/old-runtime.lock)
# onnx2tf, which gets along with no version of ours: Python 3.11 as well.
PEERS := .venv-peers/.stamp-$(call digest,requirements/peers.lock)

.PHONY: help demo app test check format lock clean old-runtime peers
.DELETE_ON_ERROR:

help:
	@sed -n '/^# make/s/^# //p' Makefile

define install
	test -x $(@D)/bin/python || $(UV) venv --quiet --python '$(PYTHON)' $(@D)
	$(UV) pip sync --quiet --compile-bytecode --python $(@D)/bin/python --require-hashes $(1)
	$(UV) pip install --quiet --python $(@D)/bin/python --no-build-isolation --no-deps --editable .
	rm -f $(@D)/.stamp-* && touch $@
endef

$(DEV): | $(UV_READY)
	$(call install,requirements/dev.lock)

$(DEMO): | $(UV_READY)
	$(call install,requirements/demo.lock)

$(APP): | $(UV_READY)
	$(call install,requirements/app.lock)

$(OLD_RUNTIME): | $(UV_READY)
	test -x $(@D)/bin/python || $(UV) venv --quiet --python 3.11 $(@D)
	$(UV) pip sync --quiet --python $(@D)/bin/python --require-hashes requirements/old-runtime.lock
	rm -f $(@D)/.stamp-* && touch $@

$(PEERS): | $(UV_READY)
	test -x $(@D)/bin/python || $(UV) venv --quiet --python 3.11 $(@D)
	$(UV) pip sync --quiet --python $(@D)/bin/python --require-hashes requirements/peers.lock
	rm -f $(@D)/.stamp-* && touch $@

# What the benchmarks hold our files against and no lock of ours can hold.
peers: $(PEERS)

# An environment of its own: Debian's Python refuses `pip install` outside one (PEP 668).
.venv-tools/bin/uv: requirements/tools.lock
	python3 -m venv .venv-tools
	.venv-tools/bin/python -m pip install --quiet --require-hashes -r requirements/tools.lock
	touch $@

check: $(DEV)
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/mypy docs/results/*.py
	.venv/bin/lint-imports --no-logo

format: $(DEV)
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

test: $(DEV) | old-runtime
	OMP_NUM_THREADS=1 TF_CPP_MIN_LOG_LEVEL=2 .venv/bin/python -m pytest -n $(WORKERS) --dist loadscope

old-runtime: | $(UV_READY)
	@$(MAKE) --no-print-directory $(OLD_RUNTIME) || echo "no Python 3.11 here: what tflite-runtime 2.14 answers stays untested"

# About 8 minutes on 2 cores. The gate's phantoms have a seed of their own: nothing before has seen them.
demo: export TF_CPP_MIN_LOG_LEVEL = 2
demo: $(DEMO)
	rm -rf build/demo
	.venv-demo/bin/python -m train --recipe demo_phantom --data phantom:100:1 --out build/demo/run
	.venv-demo/bin/python export.py keygen build/demo/key
	.venv-demo/bin/python export.py --target tflite --checkpoint build/demo/run/best.ckpt --gate-data phantom:150:2 \
		--sign-key build/demo/key --out build/demo/bundle-tflite
	.venv-demo/bin/python -m train phantoms --out build/demo/photos --count 2 --seed 3
	.venv-demo/bin/python -m edge_app predict --bundle build/demo/bundle-tflite --trusted-key build/demo/key.pub \
		--out build/demo/answers.csv build/demo/photos
	@echo
	@echo "trained:  build/demo/run (metrics.json, plots)"
	@echo "bundle:   build/demo/bundle-tflite"
	@echo "report:   build/demo/bundle-tflite/report.html"

# `make app PHOTO=FILE` begins a case with that photo.
app: $(APP)
	.venv-app/bin/python -m edge_app show $(if $(PHOTO),--photo '$(PHOTO)')

COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-annotate --no-header

# dev.lock first; the smaller locks take its versions.
lock: | $(UV_READY)
	$(COMPILE) pyproject.toml --group build --extra train --extra tflite --extra onnx --extra coreml \
		--extra app --extra bench --extra sweep --extra dev -o requirements/dev.lock
	$(COMPILE) pyproject.toml --group build -c requirements/dev.lock --extra train --extra tflite -o requirements/demo.lock
	$(COMPILE) pyproject.toml --group build --group runtime -c requirements/dev.lock -o requirements/runtime.lock
	$(COMPILE) pyproject.toml --group build --group runtime -c requirements/dev.lock --extra app -o requirements/app.lock
	$(COMPILE) --group tools -o requirements/tools.lock
	$(COMPILE) --group old-runtime -o requirements/old-runtime.lock
	$(filter-out --universal,$(COMPILE)) requirements/peers.in -o requirements/peers.lock

clean:
	rm -rf build .venv .venv-demo .venv-old-runtime .venv-peers .venv-tools .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
