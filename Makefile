# The environment is .venv; nothing else is needed but Python 3.11 or newer with venv, and make.
PYTHON ?= python3
BIN := .venv/bin
# Whatever the shell says, compiled modules are kept: else each worker, and each program a test starts, compiles anew.
unexport PYTHONDONTWRITEBYTECODE
# The domain's tests, quick enough for every Python.
QUICK := $(addprefix tests/unit/test_,$(addsuffix .py,calendar card dates dossier names personal_number sequence))

.PHONY: run test test-debian13 check bench coach-report system image boot-test update-test power-test catalogues lock clean

run: .venv/ready
	@$(BIN)/kiosk demo --data var/demo --script examples/visits/first_issue.toml

test: check
	@echo "Left to make test-debian13:" && $(BIN)/python -m pytest -m debian13 --collect-only --no-header --no-summary tests/debian13
	$(BIN)/python -m pytest -m "not system and not debian13 and not image" -n 4

# Needs root; a Debian 13 root is built once and kept.
test-debian13:
	scripts/debian13.sh -m debian13 -n 2 --dist loadfile tests/debian13
	scripts/debian13.sh -m "not debian13" -n 2 $(QUICK)

check: .venv/ready
	@$(BIN)/python scripts/check.py

system: .venv/ready
	$(BIN)/python -m pytest -m system -n 2 --dist loadfile

# Needs root; what of this machine stands in image/host-packages.txt. The first build takes minutes, see image/README.md.
ARCH ?= amd64
image: .venv/ready
	image/build.sh $(ARCH)

boot-test: .venv/ready
	TEST=1 image/build.sh $(ARCH)
	KIOSK_ARCH=$(ARCH) $(BIN)/python -m pytest -m image tests/image/test_boot.py tests/image/test_refused.py -n 0

# Builds three releases, the last one broken; half an hour where there is no hardware virtualisation.
update-test: .venv/ready
	image/update-images.sh
	$(BIN)/python -m pytest -m image tests/image/test_update.py tests/image/test_network_update.py tests/image/test_first_start.py tests/image/test_stick.py tests/image/test_repair_door.py tests/image/test_passphrase.py -n 0

# Twenty power cuts at random moments, on the same releases; most of an hour without hardware virtualisation.
power-test: .venv/ready
	image/update-images.sh
	$(BIN)/python -m pytest -m image tests/image/test_power_cuts.py -n 0 -s

bench: .venv/ready
	$(BIN)/python -m bench

# Needs root; half an hour.
coach-report: .venv/ready
	scripts/debian13.sh --kiosk coach report --people 200 --seed 3 >coach-report.new
	mv coach-report.new docs/coach-report.md

catalogues: .venv/ready
	$(BIN)/python scripts/catalogues.py

lock: .venv/ready
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --universal --generate-hashes --no-emit-index-url --python-version 3.11 -q pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --universal --generate-hashes --no-emit-index-url --python-version 3.11 -q --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock

.venv/ready: pyproject.toml requirements-dev.lock
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

clean:
	rm -rf .venv build *.egg-info
