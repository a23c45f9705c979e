# `make` alone shows what there is. Works with GNU make 3.81 (macOS) and newer.

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VENV := .venv
RUN := $(VENV)/bin/python
LAB_READY := $(VENV)/.lab-installed
TEST_READY := $(VENV)/.test-installed

# To set on the command line, or not at all:
# PYTHON     the interpreter to make .venv with (else the first that is new enough)
# NEEDED_GB  the free disk space to ask for before an installation
# PORT       where JupyterLab listens (else it finds a free port)
# LAB_ARGS   more arguments for JupyterLab, such as --no-browser
# REPEAT     how often `make matrix` runs the notebooks
REPEAT := 20

.PHONY: help lab test test-slow learners execute lint format bench matrix clean

help: ## Show this help
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' Makefile

# Reachable from this computer alone; the token stays as Jupyter makes it. The root is the repository, so that
# links from notebooks into the package work; the file browser opens at notebooks/ all the same. JupyterLab
# asks root to say so: fine on loopback, needed in containers.
LAB_OPTIONS := --ServerApp.ip=127.0.0.1 --ServerApp.root_dir=. \
    --ServerApp.kernel_websocket_connection_class=polyfit_helpers.server.PromptConnection \
    --ServerApp.contents_manager_class=polyfit_helpers.server.StillBoards \
    --LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb --allow-root

# Exits with 1 if the port (the first argument) can't be listened on.
LISTEN := import socket, sys; s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); \
    s.bind(("127.0.0.1", int(sys.argv[1])))

lab: $(LAB_READY) ## Open the notebooks in JupyterLab (PORT=8890: on that port)
	@test -z "$(PORT)" || $(RUN) -c '$(LISTEN)' "$(PORT)" 2>/dev/null || { echo "Port $(PORT) can't be used \
	(another program has it, or it is no port number from 1024 to 65535): choose another one, \
	or leave PORT out and JupyterLab finds one." >&2; exit 1; }
	@$(RUN) -m jupyterlab $(LAB_OPTIONS) $(if $(PORT),--ServerApp.port=$(PORT) --ServerApp.port_retries=0) $(LAB_ARGS)

# As many processes as cores, so each with one thread; the tests in a browser are one process's. Bytecode is kept, also
# where the environment says otherwise: each kernel and each process would compile everything again.
PYTEST := PYTHONDONTWRITEBYTECODE= $(RUN) -m pytest -rfEs --numprocesses=auto --maxprocesses=4 --dist=loadscope
ONE_THREAD := OMP_NUM_THREADS=1

test: $(TEST_READY) ## Test the package, all notebooks (outputs are compared) and the boards in a browser
	@$(ONE_THREAD) $(PYTEST) -m "not slow" tests --nbval notebooks

# Whatever fails, all is run. POLYFIT_CHECKS: so often each answer is checked, every time on new random data; all tests
# of these files are run so, the slow ones, too, and therefore only there.
CHECKED_OFTEN := tests/test_exercises.py tests/test_steps.py
test-slow: $(TEST_READY) ## Test the rest: whole notebooks in a browser, killed processes, more random data
	@failed=0; \
	$(ONE_THREAD) $(PYTEST) -m slow tests $(CHECKED_OFTEN:%=--ignore=%) || failed=1; \
	POLYFIT_CHECKS=6 $(ONE_THREAD) $(PYTEST) $(CHECKED_OFTEN) || failed=1; \
	$(MAKE) matrix REPEAT=2 || failed=1; \
	exit $$failed

# SEED: other programs. An hour of one core or more.
SEED := 0
learners: $(TEST_READY) ## Let 10 000 random learners loose on checks and boards (SEED=1: others)
	@$(ONE_THREAD) $(RUN) tests/random_learners.py 10000 $(SEED)

execute: $(TEST_READY) ## Run every notebook from a fresh kernel and store its outputs
	@$(RUN) tests/execute_notebooks.py

lint: $(TEST_READY) ## Check style, format and types (those of the JavaScript by npx, so it needs Node.js)
	@$(RUN) -m ruff check
	@$(RUN) -m ruff format --check
	@$(RUN) -m mypy
	@npx --yes -p typescript@5.9 tsc --noEmit --allowJs --checkJs --strict --target es2022 \
	    --lib es2022,dom,dom.iterable --module esnext --moduleResolution bundler polyfit_helpers/widgets/elements.js

format: $(TEST_READY) ## Format code and notebooks
	@$(RUN) -m ruff check --fix
	@$(RUN) -m ruff format

bench: $(TEST_READY) ## Measure speed and memory, some six minutes; see benchmarks/README.md
	@$(RUN) benchmarks/run.py

# The verdict on a notebook must depend neither on the processor's vector instructions nor on threads. (Torch in 04 to
# 06 and in 09 keeps to one thread, but where 09 compares one with two.) Two runs differ in both.
matrix: $(TEST_READY) ## Test the notebooks REPEAT=20 times, over instruction sets and threads
	@runs=0; while true; do \
	    for setting in default:1 avx2:2 :1 default:2 avx2:1 :2; do \
	        capability=$${setting%:*}; threads=$${setting#*:}; \
	        test $$runs -lt $(REPEAT) || { echo "$$runs runs passed."; exit 0; }; \
	        runs=$$((runs + 1)); \
	        echo "Run $$runs of $(REPEAT): ATEN_CPU_CAPABILITY=$${capability:-unset} OMP_NUM_THREADS=$$threads"; \
	        env -u ATEN_CPU_CAPABILITY $${capability:+ATEN_CPU_CAPABILITY=$$capability} OMP_NUM_THREADS=$$threads \
	            $(PYTEST) -q --nbval notebooks || exit 1; \
	    done; \
	done

clean: ## Remove .venv, caches and build products
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . \( -name __pycache__ -o -name .ipynb_checkpoints \) -prune -exec rm -rf {} +

# --- The environment --------------------------------------------------------------------------------------

$(LAB_READY): pyproject.toml constraints.txt
	@$(SHELL) .ci/install.sh .
	@touch $@

$(TEST_READY): pyproject.toml constraints.txt
	@$(SHELL) .ci/install.sh '.[test]'
	@touch $(LAB_READY) $@

# The stamps count for this folder, and while the environment's Python runs. If the folder was moved, or that
# Python was removed, or nothing was installed yet, they count as out of date.
ifneq ($(shell $(RUN) -c 'print(open("$(VENV)/.folder").read().strip())' 2>/dev/null),$(CURDIR))
$(LAB_READY) $(TEST_READY): always
always:
endif
