# skinapp: `make run` serves it, `make test` checks it.  Needs make and Python 3.11 or newer.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# PORT=9000 make run; HOST only as make run HOST=..., because some shells have a HOST of their own.
ifdef PORT
export SKINAPP_PORT := $(PORT)
endif
ifeq ($(origin HOST),command line)
export SKINAPP_HOST := $(HOST)
endif
# Real images for the tests that want them; they are left out where there are none.
export SKINAPP_DATA ?= ../shared/data

# What the shipped model is trained from: each recipe goes on where the one before it ends.
MODEL := ham10000-efficientnet-b4
DATA ?= $(SKINAPP_DATA)/ham10000
PRETRAINED ?= ../shared/pretrained
BESIDE = $(dir $(patsubst %/,%,$(DATA)))
WORK := work/$(MODEL)
FOLDERS := isic9-efficientnet-b4
SMALL := ham10000-efficientnet-b0
COMPARED := ham10000-efficientnet-b4-plain comparison-resnet50 comparison-small-cnn

PY := .venv/bin/python

# How long the mixed load lasts.
SOAK_MINUTES ?= 60
# How long each server is kept under load for each row of a table.
BENCH_SECONDS ?= 10
# Every model of the seven HAM10000 classes that is there; each gets a folder of figures.
BENCH_MODELS ?= $(patsubst weights/%/card.json,%,$(wildcard weights/ham10000-*/card.json))
MEASURED := docs/measured

.PHONY: help run test soak bench lint demo train small compare folders refusal clean

help:  ## Say what there is
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /make \1\t/' | expand -t 14

run:  ## Serve on http://127.0.0.1:8000; PORT=9000 make run chooses another port
	@scripts/install.sh requirements.txt
	@SKINAPP_LOG_FORMAT="$${SKINAPP_LOG_FORMAT:-console}" \
		exec $(PY) -m gunicorn -c gunicorn.conf.py skinapp.wsgi:app

test: lint  ## Install what the tests need, and run everything
	@scripts/install_for_tests.sh
	@# A process a core; each starts a browser and servers of its own, so not more than a few.
	$(PY) -m pytest -n auto --maxprocesses 4 --dist loadfile
	@# 5: no test is marked so
	if [ -d "$$SKINAPP_DATA" ]; then $(PY) -m pytest -m data || [ $$? -eq 5 ]; fi

soak:  ## Thousands of hostile uploads, a full disk, an hour of load; SOAK_MINUTES=5 shortens it
	@scripts/install.sh requirements.txt requirements-train.txt requirements-test.txt
	SOAK_OUT=$(MEASURED)/hostile.json $(PY) -m pytest -m soak -s
	@# The document tells of a bound that was broken, too.
	broken=0; \
	$(PY) benchmarks/soak.py --minutes $(SOAK_MINUTES) --out $(MEASURED)/soak.json || broken=1; \
	$(PY) benchmarks/tables.py docs/reliability.md; \
	exit $$broken

bench:  ## Speed beside peers, stage by stage, and how it grows; BENCH_SECONDS=2 shortens it
	@scripts/install.sh requirements.txt requirements-train.txt requirements-bench.txt
	@# One that misses its bound does not keep the others from being measured.
	missed=0; \
	measure() { \
		$(PY) benchmarks/$$1.py --model $$model --out $(MEASURED)/$$model/$$1.json "$${@:2}" \
			|| missed=1; \
	}; \
	for model in $(BENCH_MODELS); do \
		measure stages; \
		measure engines; \
		measure serve --peers --seconds $(BENCH_SECONDS); \
		measure memory --peers; \
		measure full_house; \
	done; \
	$(PY) benchmarks/decode.py --out $(MEASURED)/decode.json; \
	$(PY) benchmarks/growth.py --seconds $(BENCH_SECONDS) --figures docs/figures \
		--out $(MEASURED)/growth.json || missed=1; \
	$(PY) benchmarks/tables.py docs/performance.md; \
	exit $$missed

lint:  ## Style and types
	@scripts/install.sh requirements.txt requirements-train.txt requirements-test.txt
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy --strict

demo:  ## Draw sample photos to try it with, into samples/
	@scripts/install.sh requirements.txt
	$(PY) scripts/draw_samples.py samples

# Sets and refusal of a model (1) whose split lies in a folder (2), and then all that is measured,
# them included.
define measure
$(PY) scripts/fit_trust.py --model $(1) --data $(DATA) $(BESIDE)isic2019_msk \
	--split $(2)/split.csv $(2)/split-isic2019_msk.csv --foreign $(BESIDE)foreign
for part in validation test; do \
	$(PY) scripts/evaluate.py --model $(1) --images $(DATA) \
		--labels $(DATA)/HAM10000_metadata.csv --split $(2)/split.csv \
		--part $$part --deletion 60 --into-card $$part; \
done
$(PY) scripts/evaluate.py --model $(1) --data "ISIC 2018 validation" \
	--images $(BESIDE)isic2018_validation --into-card isic2018_validation \
	--labels $(BESIDE)isic2018_validation/ISIC2018_Task3_Validation_GroundTruth.csv
for key in isic2019_msk isic2019_msk_validation; do \
	part=test; if [ $$key != isic2019_msk ]; then part=validation; fi; \
	$(PY) scripts/evaluate.py --model $(1) --data "ISIC 2019, MSK and UDA" \
		--images $(BESIDE)isic2019_msk --labels $(BESIDE)isic2019_msk/labels.csv \
		--split $(2)/split-isic2019_msk.csv --part $$part --into-card $$key; \
done
$(PY) scripts/robustness.py --model $(1) --images $(DATA) \
	--labels $(DATA)/HAM10000_metadata.csv --split $(2)/split.csv
endef

train:  ## Train the shipped model anew and measure it: DATA=, PRETRAINED=
	@scripts/install.sh requirements.txt requirements-train.txt requirements-test.txt
	$(PY) scripts/train.py --recipe recipes/$(MODEL)-first.toml --data $(DATA) \
		--pretrained $(PRETRAINED) --work $(WORK)-first --no-export
	$(PY) scripts/train.py --recipe recipes/$(MODEL)-second.toml --data $(DATA) \
		--pretrained $(WORK)-first --work $(WORK)-second --no-export
	$(PY) scripts/train.py --recipe recipes/$(MODEL)-third.toml --data $(DATA) \
		--pretrained $(WORK)-second --work $(WORK)-third --out work/models
	for fold in 0 1 2; do \
		$(PY) scripts/train.py --recipe recipes/$(MODEL)-fold.toml --fold $$fold --data $(DATA) \
			--pretrained $(PRETRAINED) --work $(WORK)-fold-$$fold --no-export; \
	done
	mkdir -p $(WORK)-start
	cp $(WORK)-third/*.safetensors $(WORK)-third/history.csv \
		$(WORK)-fold-[012]/*.safetensors $(WORK)-start
	$(PY) scripts/train.py --recipe recipes/$(MODEL).toml --data $(DATA) \
		--pretrained $(WORK)-start --work $(WORK)
	$(call measure,$(MODEL),$(WORK))

small:  ## After make train: the small network that learns from the large one and its teachers
	@scripts/install.sh requirements.txt requirements-train.txt requirements-test.txt
	$(PY) scripts/train.py --recipe recipes/$(SMALL)-first.toml --data $(DATA) \
		--pretrained $(WORK)-third --work work/$(SMALL)-first --no-export
	$(PY) scripts/train.py --recipe recipes/$(SMALL)-second.toml --data $(DATA) \
		--pretrained work/$(SMALL)-first --teachers work/models --work work/$(SMALL)-second \
		--no-export
	mkdir -p work/$(SMALL)-start
	cp work/$(SMALL)-second/*.safetensors work/$(SMALL)-second/history.csv \
		$(WORK)-fold-[012]/*.safetensors work/$(SMALL)-start
	$(PY) scripts/train.py --recipe recipes/$(SMALL).toml --data $(DATA) \
		--pretrained work/$(SMALL)-start --work work/$(SMALL)
	$(call measure,$(SMALL),work/$(SMALL))

compare:  ## Other architectures on the same split, into work/, measured on what is chosen with
	@scripts/install.sh requirements.txt requirements-train.txt requirements-test.txt
	for name in $(COMPARED); do \
		$(PY) scripts/train.py --recipe recipes/$$name.toml --data $(DATA) \
			--pretrained $(PRETRAINED) --work work/$$name --out work/models; \
		$(PY) scripts/evaluate.py --model $$name --weights work/models --images $(DATA) \
			--labels $(DATA)/HAM10000_metadata.csv --split work/$$name/split.csv \
			--part validation --into-card validation; \
	done

folders:  ## After make train: a model of a set with a folder a class, ISIC's nine
	@scripts/install.sh requirements.txt requirements-train.txt requirements-test.txt
	$(PY) scripts/train.py --recipe recipes/$(FOLDERS).toml --data $(BESIDE)isic9 \
		--layout folders --conflicts drop --follow $(DATA) $(WORK)-first/split.csv \
		--follow $(BESIDE)isic2019_msk $(WORK)-first/split-isic2019_msk.csv \
		--pretrained $(WORK)-first --work work/$(FOLDERS)
	@# 1: it found errors, which is what it is for
	$(PY) scripts/audit_data.py $(BESIDE)isic9 --name "ISIC, 9 classes" --out work/$(FOLDERS)/audit \
		--against $(DATA) $(BESIDE)isic2019_msk --into-model $(FOLDERS) || [ $$? -eq 1 ]
	$(PY) scripts/explore_data.py $(BESIDE)isic9 --name "ISIC, 9 classes" --samples 0 \
		--out work/$(FOLDERS)/look --split work/$(FOLDERS)/split.csv --into-model $(FOLDERS)
	$(PY) scripts/fit_trust.py --model $(FOLDERS) --data $(BESIDE)isic9 \
		--split work/$(FOLDERS)/split.csv --foreign $(BESIDE)foreign
	for part in validation test; do \
		$(PY) scripts/evaluate.py --model $(FOLDERS) --data "ISIC, 9 classes" \
			--images $(BESIDE)isic9 --split work/$(FOLDERS)/split.csv \
			--part $$part --deletion 60 --into-card $$part; \
	done

refusal:  ## On Debian: which pictures out of free packages the models refuse, into their cards
	@scripts/install.sh requirements.txt requirements-train.txt
	[ -d work/foreign ] || $(PY) scripts/gather_foreign.py work/foreign
	for name in $(MODEL) $(SMALL) $(FOLDERS); do \
		$(PY) scripts/check_refusal.py --model $$name --pictures work/foreign --into-card; \
	done

clean:  ## Remove what was installed and built; cases and models stay
	rm -rf .venv node_modules build samples .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
