# sockgrade. Newcomers need two commands: `make demo` and `make check`. `make help` lists the rest.
# One Makefile, every variant in a folder of its own: build/release, build/asan, build/clang, build/coverage.

VARIANT  ?= release
PREFIX   ?= /usr/local
# `CC ?= gcc` would do nothing: make knows a CC of its own.
ifeq ($(origin CC),default)
CC       := gcc
endif
V        ?= 0
Q        := $(if $(filter 1,$(V)),,@)
out      := build/$(VARIANT)
# Where no -j was given, as many jobs as there are processors.
jobs      = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc))
submake   = $(MAKE) $(jobs) --no-print-directory

packages := yaml-0.1 jansson libpcre2-8 lua5.4 openssl
includes := $(shell pkg-config --cflags $(packages) 2>/dev/null)
CPPFLAGS += -D_GNU_SOURCE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -Ireference -Iharness $(includes)
CFLAGS   += -std=gnu11 -g -Wall -Wextra -Wstrict-prototypes -Wmissing-prototypes -Wshadow -Wpointer-arith \
            -Wwrite-strings -Wno-missing-field-initializers -fstack-protector-strong -fPIE
LDFLAGS  += -pie -Wl,-z,relro,-z,now
LDLIBS   += $(shell pkg-config --libs $(packages) 2>/dev/null)

flags_release  := -O2
flags_clang    := -O2
flags_arm64    := -O2
# The sanitizers' own checks make gcc see null formats where there are none.
flags_asan     := -O1 -fsanitize=address,undefined -fno-omit-frame-pointer -U_FORTIFY_SOURCE \
                  $(if $(findstring clang,$(CC)),,-Wno-format-truncation)
flags_coverage := -O0 --coverage -U_FORTIFY_SOURCE
# libFuzzer is clang's; with another compiler tests/fuzz/driver.c stands in for it, in the variant asan.
FUZZ_CC   ?= $(if $(wildcard $(shell clang -print-file-name=libclang_rt.fuzzer-$(shell uname -m).a 2>&1)),clang,$(CC))
FUZZ_TIME ?= $(if $(CI),5,60)
fuzz_in    = $(if $(findstring clang,$(FUZZ_CC)),fuzz,asan)
flags_fuzz := -O1 -fsanitize=address,undefined,fuzzer-no-link -fno-omit-frame-pointer -U_FORTIFY_SOURCE
CFLAGS += $(flags_$(VARIANT)) $(if $(CI),-Werror)
LDFLAGS += $(flags_$(VARIANT))

sources := $(wildcard reference/*/*.c harness/*/*.c harness/judge/diagnose/*.c)
objects := $(sources:%.c=$(out)/%.o)
library := $(filter-out $(out)/harness/cli/main.o,$(objects))
tests   := $(patsubst tests/%.c,$(out)/tests/%,$(wildcard tests/unit/test_*.c tests/kernel/test_*.c))
fuzzers := $(patsubst tests/%.c,$(out)/tests/%,$(wildcard tests/fuzz/fuzz_*.c))
fuzzed  := $(filter $(addprefix $(out)/,reference/% harness/expr/% harness/spec/% harness/record/%),$(library))
helpers := $(patsubst tests/%.c,$(out)/tests/%,$(wildcard tests/helpers/*.c tests/bench/*.c))

.PHONY: all help setup demo check unit lint e2e prove asan clang fuzz fuzzers static soak arm64 emulated bench install clean format
.DELETE_ON_ERROR:

# build/sockgrade is what people run: the release, whatever variant was built last.
all: $(if $(filter release,$(VARIANT)),build/sockgrade,$(out)/sockgrade) ## build the grader: build/sockgrade
	@:

help: ## list the targets
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1\t/p' Makefile | expand -t 12

setup: ## install what is missing (apt as root or through sudo)
	@.ci/setup check

demo: ## install, build, and grade a real submission
	@.ci/setup build
	@$(submake) all
	@tests/e2e/demo

check: ## install, build, and run every test
	@.ci/setup check
	@$(submake) all
	@MAKE='$(submake)' tests/parts unit lint e2e

unit: all $(tests) $(helpers) ## unit and kernel tests
	$(Q)tests/run $(tests)

lint: ## format, static analysis, layers, sizes
	$(Q)tests/lint/run

e2e: all $(helpers) ## the built program, from the outside
	$(Q)tests/e2e/run $(out)

prove: all ## grade all assignments' right programs and mutants in every case (a quarter of an hour)
	$(Q)PROVE=all tests/e2e/run $(out) prove

asan: ## build with ASan and UBSan, and run the tests with it
	$(Q)$(submake) VARIANT=asan unit

fuzz: ## hostile bytes for whatever reads bytes, FUZZ_TIME seconds each (60)
	$(Q)$(submake) VARIANT=$(fuzz_in) CC='$(FUZZ_CC)' fuzzers
	$(Q)tests/fuzz/run build/$(fuzz_in) $(FUZZ_TIME)

fuzzers: $(fuzzers)

static: build/static/sockgrade ## build/static/sockgrade, which needs nothing else: for students to download

arm64: ## build for arm64 by a cross compiler, and run what can run under qemu-user
	@.ci/setup arm64
	$(Q)PKG_CONFIG_LIBDIR=/usr/lib/aarch64-linux-gnu/pkgconfig $(submake) VARIANT=arm64 CC=aarch64-linux-gnu-gcc \
	    build/arm64/sockgrade emulated

emulated: $(tests)
	$(Q)tests/arm64 $(tests)

clang: ## build with clang, to see its warnings too
	$(Q)$(submake) VARIANT=clang CC=clang all

soak: all ## grade the right programs N times each (100) on busy processors, and say what was lost
	$(Q)tests/soak/run build/sockgrade $(N)

bench: all $(helpers) ## speeds, as ratios measured side by side
	$(Q)tests/bench/run $(out)

format: ## rewrite the sources as clang-format would
	$(Q)clang-format -i $(wildcard reference/*/*.[ch] harness/*/*.[ch] harness/*/*/*.[ch] tests/*/*.[ch])

install: all ## into $(DESTDIR)$(PREFIX)
	install -D -m 755 build/sockgrade $(DESTDIR)$(PREFIX)/bin/sockgrade
	mkdir -p $(DESTDIR)$(PREFIX)/share/sockgrade
	cp -R assignments $(DESTDIR)$(PREFIX)/share/sockgrade/

clean: ## remove what was built
	rm -rf build

build/sockgrade: $(out)/sockgrade
	$(Q)cp $< $@.new && mv $@.new $@ # one that is running is not written over

$(out)/sockgrade: $(objects)
	@echo "  link  $@"
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

build/static/sockgrade: $(objects)
	@mkdir -p $(@D)
	@echo "  link  $@"
	$(Q).ci/static-link $(CC) $(filter-out -pie,$(LDFLAGS)) -static-pie -s -o $@ $^ \
	    $(shell pkg-config --static --libs $(packages))

$(out)/%.o: %.c Makefile
	@mkdir -p $(@D)
	@echo "  cc    $<"
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(out)/tests/fuzz/fuzz_%: $(out)/tests/fuzz/fuzz_%.o $(fuzzed) $(if $(filter fuzz,$(VARIANT)),,$(out)/tests/fuzz/driver.o)
	@echo "  link  $@"
	$(Q)$(CC) $(LDFLAGS) $(if $(filter fuzz,$(VARIANT)),-fsanitize=fuzzer) -o $@ $^ $(LDLIBS)

$(out)/tests/%: $(out)/tests/%.o $(library)
	@echo "  link  $@"
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ -lcmocka $(LDLIBS)

$(out)/harness/report/schema.o: harness/report/schema/result.schema.json
$(out)/harness/spec/schema.o: harness/spec/schema/spec.schema.json
$(out)/harness/spec/concepts.o: assignments/concepts.yaml
$(out)/harness/report/explanation.o: build/explanations.md

# The folder too: its time changes when a file goes.
build/explanations.md: harness/report/explanations $(wildcard harness/report/explanations/*.md)
	@mkdir -p $(@D)
	$(Q)cat $(filter %.md,$^) >$@

.SECONDARY:
-include $(objects:.o=.d) $(tests:=.d) $(helpers:=.d) $(fuzzers:=.d)
