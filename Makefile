# The same commands for people and for CI. `make` alone lists them.
PYTHON ?= python3
VENV   ?= .venv
PY     := $(VENV)/bin/python
PORT   ?= 7860
BASE   ?= sentence-transformers/all-MiniLM-L6-v2

READY     := $(VENV)/.ready
DATASET   := build/dataset/build.json
# Changes where triplets or listings do: judgments and cards need no other model.
TRIPLETS  := build/dataset-hash.txt
# Holds the base's name, so that another BASE trains anew.
BASE_NAME := build/base.txt
MODEL     := build/model/run.json
BENCHMARK := build/benchmark.json
TUTORIAL  := build/tutorial/run.json

export GRADIO_ANALYTICS_ENABLED := False
export HF_HUB_DISABLE_TELEMETRY := 1

.PHONY: help setup demo data train benchmark recipes judged app test fast lint format screenshots space bench lock audit clean FORCE

help:  ## list the commands
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

setup: $(READY)  ## make the environment in .venv

demo: $(BENCHMARK) app  ## all of it: environment, dataset, training, benchmark, page on port 7860

data: $(DATASET)  ## build the dataset from the bundled corpus

train: $(MODEL)  ## fine-tune on it

benchmark: $(BENCHMARK)  ## rank the test split with base, tuned and BM25

recipes: $(MODEL) $(TUTORIAL)  ## the tutorial's recipe beside ours, and what passages, tokens and words add
	@$(PY) -m train.benchmark --dataset build/dataset --split test --json build/recipes.json --systems \
	    base-first=first:$(BASE) base=$(BASE) base-tokens=late_interaction:$(BASE) tutorial=build/tutorial \
	    tutorial-tokens=late_interaction:build/tutorial tuned-passages=max_passage:build/model tuned=build/model bm25 hybrid

judged: $(MODEL)  ## the judged queries by halves and together: each model by each scoring
	@for split in development test all; do \
	    $(PY) -m train.benchmark --dataset build/dataset --judged-split $$split --brief --systems \
	    base-first=first:$(BASE) base=$(BASE) base-tokens=late_interaction:$(BASE) \
	    tuned-passages=max_passage:build/model tuned=build/model bm25 hybrid || exit 1; done

app: $(MODEL)  ## serve the page
	@echo "== page: http://127.0.0.1:$(PORT)"
	@$(PY) app.py --base $(BASE) --port $(PORT)

test: lint  ## lint, types and all tests, by two workers
	@$(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder

fast: $(READY)  ## the tests that take seconds
	@$(PY) -m pytest -m "not slow and not browser"

lint: $(READY)  ## lint and types
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy

format: $(READY)  ## let ruff mend and format
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

screenshots: $(BENCHMARK)  ## pictures of each tab into docs/
	@$(PY) -m bench.screenshots --out docs

space: $(BENCHMARK)  ## the Space's folder in a new environment from its own requirements.txt
	@$(PY) -m tests.publish.fresh_space

bench: $(BENCHMARK)  ## speed, as ratios against peers in the same run
	@$(PY) -m bench.speed

# torch is installed first, as its platform wants it; these are what its build for GPUs on Linux needs.
UNLOCKED := torch triton cuda-bindings cuda-pathfinder cuda-toolkit $(addprefix nvidia-,cublas cuda-cupti cuda-nvrtc \
    cuda-runtime cudnn-cu13 cufft cufile curand cusolver cusparse cusparselt-cu13 nccl-cu13 nvjitlink nvshmem-cu13 nvtx)

lock:  ## exact versions and hashes of all packages, by uv, and their licences, by pip-licenses
	@for name in requirements requirements-dev; do \
	    uv pip compile $$name.txt --universal --python-version 3.11 --generate-hashes --quiet --no-emit-index-url \
	    --no-annotate --custom-compile-command "make lock" $(addprefix --no-emit-package ,$(UNLOCKED)) -o $$name.lock || exit 1; done
	@{ head -n 4 docs/licences.md; uvx pip-licenses --python $(PY) --format=markdown; } > build/licences.md
	@mv build/licences.md docs/licences.md

audit:  ## known weaknesses of the locked packages, by pip-audit; it tells which it could not look up
	@mkdir -p build
	@uvx pip-audit --requirement requirements-dev.lock --no-deps --disable-pip --progress-spinner off > build/audit.txt 2>&1; \
	    status=$$?; grep -v "could not be audited" build/audit.txt; \
	    echo "skipped   $$(grep -c "could not be audited" build/audit.txt) packages, which the index did not tell of (is there a network?)"; \
	    exit $$status

clean:  ## remove what was built, keep the environment
	rm -rf build .pytest_cache .mypy_cache .ruff_cache

$(READY): requirements.txt requirements-dev.txt
	@echo "== environment: $(VENV)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "expected Python 3.11 or newer, got %d.%d; name one with make PYTHON=python3.12" % sys.version_info[:2])'
	@$(PYTHON) -m venv $(VENV)
	@$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

$(DATASET): data/sample/listings.jsonl $(wildcard data/sample/judged/*.json* data/*.py data/*.jinja data/*/*.py data/*/*.txt data/*/*.toml search/understanding/*.py) | $(READY)
	@echo "== dataset: build/dataset"
	@$(PY) -m data build --source sample --queries given --judgments data/sample/judged --out build/dataset --overwrite

$(TRIPLETS): $(DATASET)
	@sed -n 's/.*"dataset_hash": "\(.*\)".*/\1/p' $< | cmp -s - $@ || \
	    sed -n 's/.*"dataset_hash": "\(.*\)".*/\1/p' $< > $@

$(BASE_NAME): FORCE
	@mkdir -p $(@D)
	@echo '$(BASE)' | cmp -s - $@ || echo '$(BASE)' > $@

# Editing these trains anew; the others of train/ only measure, describe or push.
RECIPE := train/config.py train/recipes.py train/finetune.py $(wildcard train/trainer/*.py train/trainer/*.txt search/encoding/*.py \
    search/index/*.py) search/searcher.py

$(MODEL): $(TRIPLETS) $(BASE_NAME) $(RECIPE) | $(READY)
	@echo "== training: build/model"
	@$(PY) -m train --dataset build/dataset --base $(BASE) --out build/model --overwrite

$(BENCHMARK): $(MODEL) $(DATASET) train/benchmark.py \
    $(wildcard train/evaluation/*.* train/evaluation/templates/* train/publishing/model_card.*) \
    $(wildcard search/understanding/*.py) $(addprefix search/,systems.py phrases.py benchmark_report.py scoring.py metrics.py hybrid.py lexical.py) | $(READY)
	@echo "== benchmark: build/benchmark.json"
	@$(PY) -m train.benchmark --dataset build/dataset --split test \
	    --systems base=$(BASE) base-tokens=late_interaction:$(BASE) tuned=build/model bm25 hybrid --card tuned --json $@

$(TUTORIAL): $(TRIPLETS) $(BASE_NAME) $(RECIPE) | $(READY)
	@echo "== training: build/tutorial"
	@$(PY) -m train --recipe tutorial --dataset build/dataset --base $(BASE) --out build/tutorial --overwrite
