# nodeos-store: see README.md. `make preview` and `make test` are all a newcomer needs.
STORE := .build/release/nodeos-store
SOURCES := $(shell find Sources bootstrap-seeds store-schema.sql Package.swift -type f 2>/dev/null)

.PHONY: all build server test-server reference install uninstall dist preview barebones boot test test-more lint format architecture graph \
    dependencies clean fuzz benchmark documentation examples

all: build

build: $(STORE)

$(STORE): $(SOURCES)
	@scripts/install-dependencies.sh build
	swift build -c release --product nodeos-store
	@touch $(STORE)

# The server of `nodeos-store publish`: a package of its own, so that nobody else compiles it. Minutes.
server: $(STORE)
	swift build -c release --package-path Server --scratch-path .build/server --product nodeos-store-publish
	@ln -sf "$$(swift build -c release --package-path Server --scratch-path .build/server --show-bin-path)/nodeos-store-publish" \
	    .build/release/nodeos-store-publish

test-server: server
	@NODEOS_STORE=$(STORE) python3 Server/Tests/publish_test.py $(NAMES)

# make install PREFIX=/usr DESTDIR=folder: program, manual pages, completions, licence. PREFIX is /usr/local.
install: $(STORE)
	@scripts/install-dependencies.sh install
	@scripts/install.sh install

uninstall:
	@scripts/install.sh uninstall

# The sources of the last commit in a .tar.gz: the same bytes whoever makes it. With SOURCES=1 also a mirror of all
# that the recipes download.
dist:
	@SOURCES=$(SOURCES) scripts/dist.sh

# From nothing to a Node.js REPL that answered: at most 25 minutes on 2 cores, then under a second.
preview: $(STORE)
	@scripts/preview.sh

# Everything from source, then the boot check and the proof that no path leads back to a seed: about an
# hour and a half on 2 otherwise idle cores, resumable at every derivation.
barebones: $(STORE)
	@scripts/barebones.sh

# What `make barebones` compares with, written anew from what is built here: KEY=FILE names the key that signs it.
reference: $(STORE)
	@KEY=$(KEY) scripts/reference.sh

# What was made last, on this terminal; leave with `.exit`.
boot: $(STORE)
	@test -e barebones/bin/boot || scripts/preview.sh
	@exec barebones/bin/boot

# The picture of what the preview is made of.
graph: $(STORE)
	$(STORE) $$(scripts/store-options.sh) instantiate barebones-preview -o barebones.drv >/dev/null
	$(STORE) $$(scripts/store-options.sh) graph --format dot barebones.drv | dot -Tsvg -o barebones.svg
	@echo barebones.svg

test:
	@scripts/install-dependencies.sh test
	@scripts/test.sh

# What is longer than CI wants: a clean Debian, every call, many roots, power cuts, long fuzzing. Hours.
# One part alone: `make test-more PARTS=clean-root`; the parts are in scripts/test-more.sh.
test-more:
	@scripts/install-dependencies.sh more
	@scripts/test-more.sh $(PARTS)

# What the library can do, as pages.
documentation:
	@scripts/documentation.sh

# The programs of Examples/, built where only the library's products can be seen.
examples:
	@scripts/examples.sh

lint:
	swift format lint --strict --recursive Sources Tests Examples Server/Sources Package.swift Server/Package.swift

format:
	swift format --in-place --recursive Sources Tests Examples Server/Sources Package.swift Server/Package.swift

# The table and the drawing in docs/architecture.md, from the manifest.
architecture:
	@NODEOS_ACCEPT_ARCHITECTURE=1 swift test --filter ImportTests || git diff --stat docs/architecture.md

dependencies:
	@scripts/install-dependencies.sh test

clean:
	rm -rf .build

# Every parser that reads strangers' bytes, for FUZZ_SECONDS (60) in all.
fuzz:
	@Fuzz/run.sh

# This program beside Nix and Guix; see Benchmarks/README.md: NAMES, RUNS, SCALE, PAGE, PEER_NIX, PEER_GUIX.
benchmark:
	@mkdir -p .build
	@Benchmarks/benchmark.py --json .build/benchmark.json $(if $(PAGE),--page $(PAGE)) $(NAMES)
