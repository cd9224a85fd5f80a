# One Makefile, no recursion into folders, no configure.  GNU make 4.
#
# Knobs, on the command line or in config.mk: CC CPPFLAGS CFLAGS LDFLAGS LIBS PREFIX DESTDIR and the usual
# folders; SAN=address,undefined or SAN=thread builds with sanitizers; POISON=1 builds with poison where nothing was
# decoded (lib/model/poison.h), as every build with sanitizers does; WERROR=1 makes warnings errors;
# V=1 shows the commands; DEPS=no never installs anything; T="tests/cli/x.t ..." runs only those tests.
# Sources are found by wildcard: adding a file needs no edit here.

.DELETE_ON_ERROR:
.SECONDARY:
DRY_RUN := $(findstring n,$(firstword -$(MAKEFLAGS)))
SILENT  := $(findstring s,$(firstword -$(MAKEFLAGS)))
MAKEFLAGS += --no-builtin-rules
-include config.mk

VERSION      := $(shell cat VERSION)
SOVERSION    := 0
PREFIX       ?= /usr/local
EXEC_PREFIX  ?= $(PREFIX)
BINDIR       ?= $(EXEC_PREFIX)/bin
LIBDIR       ?= $(EXEC_PREFIX)/lib
INCLUDEDIR   ?= $(PREFIX)/include
DATADIR      ?= $(PREFIX)/share
MANDIR       ?= $(DATADIR)/man
SCHEMADIR    ?= $(DATADIR)/tracekit/schema
PRICEDIR     ?= $(DATADIR)/tracekit/prices
EXAMPLEDIR   ?= $(DATADIR)/doc/tracekit/examples
PKGCONFIGDIR ?= $(LIBDIR)/pkgconfig
BASHDIR      ?= $(DATADIR)/bash-completion/completions
ZSHDIR       ?= $(DATADIR)/zsh/site-functions
FISHDIR      ?= $(DATADIR)/fish/vendor_completions.d
INSTALL      ?= install
PKG_CONFIG   ?= pkg-config
PROVE        ?= prove
PROTOC_C     ?= protoc-c
CFLAGS       ?= $(if $(SAN),-O1,-O2) -g
JOBS         ?= $(shell nproc 2>/dev/null || echo 2)

# ---- what must be installed first --------------------------------------------------------------------------
# Asked anew each time (some milliseconds).  When something is missing, a makefile that does not exist is
# included; making it installs the packages, and GNU make then starts over and finds everything.

GOALS := $(or $(MAKECMDGOALS),all)
LEVEL :=
ifneq ($(filter-out clean distclean uninstall dist help deps check-tsan check-threads check-san check-fuzz-san check-sanitizers install-built,$(GOALS)),)
LEVEL := build
endif
ifneq ($(filter demo,$(GOALS)),)
LEVEL := demo
endif
ifneq ($(filter check check-% tests distcheck bless,$(GOALS)),)
LEVEL := check
endif
ifneq ($(filter bench,$(GOALS)),)
LEVEL := bench
endif
ifneq ($(filter format check-format lint,$(GOALS)),)
LEVEL := lint
endif
ifneq ($(filter fuzz,$(GOALS)),)
LEVEL := fuzz
endif
ifneq ($(filter site,$(GOALS)),)
LEVEL := site
endif
ifneq ($(DRY_RUN),)
LEVEL :=
endif
ifneq ($(LEVEL),)
ifneq ($(DEPS),no)
ifneq ($(shell CC='$(CC)' PKG_CONFIG='$(PKG_CONFIG)' CLANG_FORMAT='$(CLANG_FORMAT)' tools/setup.sh --missing $(LEVEL)),)
include build/setup.mk
build/setup.mk: FORCE
	@CC='$(CC)' PKG_CONFIG='$(PKG_CONFIG)' CLANG_FORMAT='$(CLANG_FORMAT)' tools/setup.sh $(LEVEL)
	@mkdir -p build && touch $@
endif
endif
endif

# ---- flags ---------------------------------------------------------------------------------------------------

PKGS      := jansson libzstd zlib liblzma liblz4 yaml-0.1 libpcre2-8 libxxhash nettle libprotobuf-c

POISON ?= $(if $(SAN),1)
# Each compiler and set of sanitizers has its own tree, so that objects never mix.
comma := ,
space := $(subst ,, )
B := build/$(or $(subst $(space),-,$(strip $(filter-out cc,$(notdir $(firstword $(CC)))) $(subst $(comma),-,$(SAN)) $(if $(SAN),,$(POISON:1=poison)))),default)

# pkg-config is asked once, and only when something is compiled.
PKG_CFLAGS  = $(eval PKG_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(PKGS)))$(PKG_CFLAGS)
PKG_LIBS    = $(eval PKG_LIBS := $(shell $(PKG_CONFIG) --libs $(PKGS)))$(PKG_LIBS)

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion \
        -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef -Wwrite-strings
# Functions begin where a line of the cache does: else a loop's speed depends on the length of what is linked before it.
BASE_CFLAGS  = -std=gnu17 -fvisibility=hidden -falign-functions=64 -pthread \
               $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer) $(PKG_CFLAGS)
ALL_CPPFLAGS = -D_GNU_SOURCE= $(if $(POISON),-DTK_POISON) -Ilib -I$B/gen $(CPPFLAGS)
ALL_CFLAGS   = $(BASE_CFLAGS) $(WARN) $(if $(WERROR),-Werror) $(CFLAGS)
ALL_LDFLAGS  = -pthread -Wl,--as-needed $(if $(SAN),-fsanitize=$(SAN)) $(LDFLAGS)
ALL_LIBS     = $(PKG_LIBS) -lbz2 -lm $(LIBS)

# ---- what there is -------------------------------------------------------------------------------------------

# lib/cli prints and exits, so it is no part of the library: the commands link it beside.
CLI_SRC  := $(wildcard lib/cli/*.c)
LIB_SRC  := $(filter-out $(CLI_SRC),$(wildcard lib/*/*.c lib/*/*/*.c))
HEADERS  := $(wildcard lib/*.h lib/*/*.h lib/*/*/*.h)
PROTO    := $(wildcard lib/format/proto/*.proto)
CMDS     := $(patsubst cmd/%/main.c,%,$(wildcard cmd/*/main.c))
MAN      := $(wildcard man/*.[1-8])
SCHEMAS  := $(wildcard schema/*.schema.json schema/*.proto)
# What the manuals' examples read, under the paths that they name; tests/example-files makes the two other names.
EXAMPLES := testdata/shop/collector-json.jsonl testdata/shop/collector-proto.bin testdata/shop/collector.yaml \
  testdata/jaeger/api-traces.json testdata/compressed/two-members.jsonl.gz
EXAMPLE_NAMES := dump.json=jaeger/api-traces.json dump.json.zst=compressed/frames-and-skippable.jsonl.zst
# Messages that protobuf-c reads and writes: generated.  OTLP's are for tests only, which hold our own cursor to them.
TEST_PROTO := lib/format/proto/otlp_trace.proto
LIB_GEN  := $(patsubst lib/%.proto,$B/gen/%.pb-c.c,$(filter-out $(TEST_PROTO),$(PROTO)))
TEST_GEN := $(patsubst lib/%.proto,$B/gen/%.pb-c.c,$(filter $(TEST_PROTO),$(PROTO)))
LIB_OBJ  := $(LIB_SRC:%.c=$B/%.o)
CLI_OBJ  := $(CLI_SRC:%.c=$B/%.o)
LIB_PIC  := $(LIB_SRC:%.c=$B/%.pic.o)
# Data files that are also part of the library: the backends of tracecost, the table of user agents of OTTL.
BACKENDS := $(sort $(wildcard lib/cost/backends/*.json))
AGENTS   := lib/expr/ottl/data/agents.tsv
SHIPPED  := $B/gen/shipped/backends.c $B/gen/shipped/agents.c
GEN_OBJ  := $(LIB_GEN:.c=.o) $(SHIPPED:.c=.o)
GEN_PIC  := $(LIB_GEN:.c=.pic.o) $(SHIPPED:.c=.pic.o)
BINS     := $(CMDS:%=$B/bin/%)
STATIC   := $(CMDS:%=$B/static/%)
LIBFILES := $B/libtracekit.a $(if $(SAN),,$B/libtracekit.so.$(SOVERSION))

# tests/<kind>/test_*.c are TAP programs, tests/<kind>/tool_*.c programs that test scripts use,
# tests/<kind>/*.t scripts.  The sources are not checked again under sanitizers.
TEST_KINDS := unit cli prop oracle invalid fuzz faults $(if $(SAN),,lint)
TEST_SRC   := $(foreach k,$(TEST_KINDS),$(wildcard tests/$k/test_*.c))
TOOL_SRC   := $(foreach k,$(TEST_KINDS),$(wildcard tests/$k/tool_*.c))
TEST_BINS  := $(TEST_SRC:%.c=$B/%)
TOOL_BINS  := $(TOOL_SRC:%.c=$B/%)
FUZZERS    := $(patsubst %.c,$B/%,$(wildcard tests/fuzz/fuzz_*.c))
TEST_OBJ   := $(TEST_SRC:%.c=$B/%.o) $(TOOL_SRC:%.c=$B/%.o) $(FUZZERS:%=%.o) $B/tests/tap.o
SHIM       := $B/tests/faults/shim.so
TESTS      := $(TEST_BINS) $(foreach k,$(TEST_KINDS),$(wildcard tests/$k/*.t))

Q   := $(if $(V),,@)
say  = $(if $(V)$(SILENT),,@printf '  %-6s %s\n' '$1' '$2')

all: $(LIBFILES) $(BINS) ## build the library and the commands (the default)

help: ## list the targets
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/\1|\2/p' Makefile | awk -F'|' '{ printf "  %-15s %s\n", $$1, $$2 }'

deps: ## install what building and testing need (Debian and Ubuntu)
	@CC='$(CC)' PKG_CONFIG='$(PKG_CONFIG)' tools/setup.sh check

# ---- compiling -----------------------------------------------------------------------------------------------

# Written only when it changes: a change of flags rebuilds what depends on it.
$B/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(ALL_LDFLAGS))' | cmp -s - $@ || \
	  printf '%s\n' '$(subst ','\'',$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(ALL_LDFLAGS))' >$@

$B/%.o: %.c $B/flags
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(CPPFLAGS_TEST) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$B/%.pic.o: %.c $B/flags
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -fPIC -MMD -MP -c -o $@ $<

$B/libtracekit.a: $(LIB_OBJ) $(GEN_OBJ)
	$(call say,AR,$@)
	@mkdir -p $(@D)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$B/libcli.a: $(CLI_OBJ)
	$(Q)mkdir -p $(@D) && rm -f $@ && $(AR) rcs $@ $(CLI_OBJ)

$B/libtracekit.so.$(SOVERSION): $(LIB_PIC) $(GEN_PIC) lib/libtracekit.map
	$(call say,LD,$@)
	$(Q)$(CC) -shared -Wl,-soname,$(@F) -Wl,--version-script=lib/libtracekit.map -Wl,-z,defs \
	  $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(LIB_PIC) $(GEN_PIC) $(ALL_LIBS)

# All of cmd/<name>/*.c is one program.
define COMMAND
$B/bin/$1 $B/static/$1: $(patsubst %.c,$B/%.o,$(wildcard cmd/$1/*.c))
endef
$(foreach c,$(CMDS),$(eval $(call COMMAND,$c)))
$(BINS): $B/libcli.a $B/libtracekit.a
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $B/libcli.a $B/libtracekit.a $(ALL_LIBS)

# The same objects, without any shared library: one file to copy to a machine that has nothing.
STATIC_LIBS = $(shell $(PKG_CONFIG) --static --libs $(PKGS)) -lbz2 -lm $(LIBS)
static: $(STATIC) ## link the commands so that they need no shared library, into build/default/static
$(STATIC): $B/libcli.a $B/libtracekit.a
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -static -o $@ $(filter %.o,$^) $B/libcli.a $B/libtracekit.a $(STATIC_LIBS)

$B/gen/%.pb-c.c $B/gen/%.pb-c.h &: lib/%.proto
	$(call say,PROTOC,$<)
	@mkdir -p $B/gen
	$(Q)$(PROTOC_C) --proto_path=lib --c_out=$B/gen $<

# Not our style: without our warnings.
$B/gen/%.pb-c.o: $B/gen/%.pb-c.c $B/flags
	$(Q)$(CC) -I$B/gen $(BASE_CFLAGS) $(CFLAGS) -c -o $@ $<

$B/gen/%.pb-c.pic.o: $B/gen/%.pb-c.c $B/flags
	$(Q)$(CC) -I$B/gen $(BASE_CFLAGS) $(CFLAGS) -fPIC -c -o $@ $<

$B/gen/shipped/backends.c: $(BACKENDS)
$B/gen/shipped/agents.c: $(AGENTS)
$(SHIPPED): lib/base/shipped.sh
	@mkdir -p $(@D)
	$(call say,DATA,$@)
	$(Q)lib/base/shipped.sh tki_shipped_$(basename $(@F)) $(filter-out %.sh,$^) >$@
$(SHIPPED:.c=.o): %.o: %.c $B/flags
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<
$(SHIPPED:.c=.pic.o): %.pic.o: %.c $B/flags
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -fPIC -MMD -MP -c -o $@ $<

$(LIB_OBJ) $(LIB_PIC): | $(LIB_GEN:.c=.h)

$B/libproto.a: $(TEST_GEN:.c=.o)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(TEST_OBJ): CPPFLAGS_TEST = -Itests
$(TEST_OBJ): | $(LIB_GEN:.c=.h) $(TEST_GEN:.c=.h)
# A command's plan is tested as the functions that they are.
$B/tests/unit/test_tracecat_plan: $(patsubst %.c,$B/%.o,$(filter-out %/main.c,$(wildcard cmd/tracecat/*.c)))
$(TEST_BINS) $(TOOL_BINS): $B/%: $B/%.o $B/tests/tap.o $B/libproto.a $B/libcli.a $B/libtracekit.a
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(ALL_LIBS)

# Preloaded into commands: without sanitizers, which would come before it.
$(SHIM): tests/faults/shim.c tests/faults/counts.h $B/flags
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) -std=gnu17 -D_GNU_SOURCE= -O2 -g $(WARN) $(if $(WERROR),-Werror) -fPIC -shared -o $@ $< -ldl -pthread

-include $(patsubst %.o,%.d,$(LIB_OBJ) $(CLI_OBJ) $(LIB_PIC) $(TEST_OBJ) $(foreach c,$(CMDS),$(patsubst %.c,$B/%.o,$(wildcard cmd/$c/*.c))))

# ---- testing -------------------------------------------------------------------------------------------------

# A sanitizer's exit status is none that a command uses.  With a small quarantine freed windows are taken again instead of
# new pages: tests that open many readers then take a fifth of the time.
ASAN_SMALL = allocator_may_return_null=1:quarantine_size_mb=16
SAN_ENV = $(if $(SAN),ASAN_OPTIONS=exitcode=99:detect_leaks=1:$(ASAN_SMALL) UBSAN_OPTIONS=exitcode=99:print_stacktrace=1 \
          TSAN_OPTIONS=exitcode=99:halt_on_error=1:allocator_may_return_null=1 LSAN_OPTIONS=exitcode=99)
SHARED ?= $(abspath $(wildcard ../shared))
# Prices are old on some day: on this one they are not.
TEST_ENV = env LC_ALL=C SOURCE_DATE_EPOCH=1795910400 BIN=$(abspath $B/bin) TRACEKIT_BUILD=$(abspath $B) TRACEKIT_TOP=$(CURDIR) \
           TRACEKIT_SHIM=$(abspath $(SHIM)) SAN='$(SAN)' SHARED='$(SHARED)' CC='$(CC)' MAKE='$(MAKE)' TK_CMDS='$(CMDS)' \
           TK_CFLAGS='$(subst ','\'',$(ALL_CPPFLAGS) $(BASE_CFLAGS) $(WARN))' TK_LIBS='$(ALL_LIBS)' $(SAN_ENV)

tests: all $(TEST_BINS) $(TOOL_BINS) $(SHIM) ## build the test programs

# Of the programs among T only these are built, so what T may name stands here.  check-threads: what threads run through
# together.  check-sanitizers: test programs but for those that are most of the time.
THREAD_TESTS = $B/tests/unit/test_reader_threads $B/tests/unit/test_io_filters $B/tests/unit/test_frames tests/prop/threads.t
SLOW_SAN = test_reader test_reader_threads test_io_filters test_io_codecs test_frames test_lossless test_cut test_chrome test_decisions \
           test_cost test_cost_coverage test_cost_sampled test_analyze_times test_analyze_levels test_damaged test_corpus
check: $(if $(T),all $(filter $B/tests/%,$(T)) $(TOOL_BINS) $(SHIM),tests) ## run every test, or those in T, without those in SKIP
	+$(Q)$(TEST_ENV) $(PROVE) -j$(JOBS) $(PROVEFLAGS) --exec '' $(filter-out $(SKIP),$(or $(T),$(TESTS)))

# What takes an hour: tests/slow, and the tests that try more when they are told so.
SLOW_TESTS := $(wildcard tests/slow/*.t) $B/tests/faults/test_no_memory $B/tests/unit/test_analyze_levels $B/tests/unit/test_cost_coverage $B/tests/unit/test_cost_sampled tests/prop/same_answers.t \
              $(addprefix $B/tests/fuzz/test_,corpus configs queries conditions)
check-slow: tests ## run the tests that take long: every fault at every place, many more random inputs
	+$(Q)$(TEST_ENV) TRACEKIT_SLOW=1 $(PROVE) -j$(JOBS) $(PROVEFLAGS) --exec '' $(or $(T),$(SLOW_TESTS))

check-headers: $B/flags $(LIB_GEN) ## check that each header compiles alone
	+$(Q)$(TEST_ENV) $(PROVE) $(PROVEFLAGS) --exec '' tests/lint/headers.t

check-san: ## run the tests with address and undefined-behaviour sanitizers
	+$(MAKE) check SAN=address,undefined WERROR=1

# The same with clang, from the objects that the fuzzers are linked with: continuous integration compiles them once.
check-fuzz-san:
	+$(MAKE) check $(FUZZ_SETTINGS)

# Of these most programs, as continuous integration runs them; what starts commands hundreds of times is for distcheck.
check-sanitizers:
	+$(MAKE) check $(FUZZ_SETTINGS) T='$$(filter-out $$(addprefix %/,$$(SLOW_SAN)),$$(TEST_BINS))'

check-tsan: ## run the tests with the thread sanitizer
	+$(MAKE) check SAN=thread WERROR=1

check-threads: ## run the tests of what threads share with the thread sanitizer
	+$(MAKE) check SAN=thread WERROR=1 T='$$(THREAD_TESTS)'

bless: tests ## rewrite the expected results of tests/cli; read the diff afterwards
	+$(Q)$(TEST_ENV) BLESS=1 $(PROVE) $(PROVEFLAGS) --exec '' $(or $(T),$(wildcard tests/cli/*.t tests/invalid/*.t))

# Not in TEST_KINDS: it installs other people's software.
interop: all ## give what we write to the real programs; installs packages of npm, pip, Go, Maven in build/interop
	+$(Q)$(TEST_ENV) $(PROVE) $(PROVEFLAGS) --exec '' $(or $(T),$(wildcard tests/interop/*.t))

# Not in TEST_KINDS: a browser is nothing that every machine has.
check-html: all ## open the pages that are written in headless Chromium, where it is installed
	+$(Q)$(TEST_ENV) $(PROVE) $(PROVEFLAGS) --exec '' $(or $(T),$(wildcard tests/html/*.t))

# Not in TEST_KINDS: each builds everything anew.
check-release: ## build the archives and packages of a release, and try them on a root that holds nothing else
	+$(Q)$(TEST_ENV) $(PROVE) $(PROVEFLAGS) --exec '' $(or $(T),$(wildcard tests/release/*.t))

demo: ## build, and answer eight questions about bundled captures, showing each command
	@echo "building (a minute or two, the first time) ..."
	+@$(MAKE) -s --no-print-directory all
	@PATH='$(abspath $B/bin)':"$$PATH" ./contrib/demo.sh

bench: all ## measure speed against other programs; BENCH=--quick, or BENCH=--full
	@BIN='$(abspath $B/bin)' CC='$(CC)' PKG_CONFIG='$(PKG_CONFIG)' LIBS='$(ALL_LIBS)' ./bench/run.sh $(BENCH)

# Clang's fuzzer on each tests/fuzz/fuzz_*.c, starting from the captures in testdata.
FUZZ_SECONDS ?= 60
FUZZ_ALLOW = -fno-sanitize=pointer-overflow # NULL + 0, which the next C standard defines
FUZZ_CC ?= clang
FUZZ_OPTIMIZE ?= -O1
FUZZ_SETTINGS = CC='$(FUZZ_CC)' SAN=fuzzer-no-link,address,undefined CFLAGS='-gline-tables-only $(FUZZ_OPTIMIZE) $(FUZZ_ALLOW)'
fuzz: ## fuzz the decoders for FUZZ_SECONDS each
	+@$(MAKE) --no-print-directory run-fuzzers $(FUZZ_SETTINGS)

# With the settings above: all objects are compiled once, and only the programs are linked with the fuzzer's main.
run-fuzzers: $(FUZZERS) $B/tests/fuzz/tool_seeds
	@tests/fuzz/seeds.sh $B/tests/fuzz/tool_seeds build/fuzz/seeds
	@for f in $(FUZZERS); do n=$${f##*/}; mkdir -p build/fuzz/corpus-$$n; echo "  FUZZ   $$n"; \
	  ASAN_OPTIONS=$(ASAN_SMALL) UBSAN_OPTIONS=print_stacktrace=1 ./$$f -max_total_time=$(FUZZ_SECONDS) -timeout=20 -rss_limit_mb=2048 \
	    -print_final_stats=1 -artifact_prefix=build/fuzz/ build/fuzz/corpus-$$n build/fuzz/seeds || exit 1; done
$(FUZZERS): $B/%: $B/%.o $B/libtracekit.a
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(ALL_LIBS)

# ---- style ---------------------------------------------------------------------------------------------------

# Another version of clang-format formats differently.
CLANG_FORMAT ?= $(shell command -v clang-format-14 || echo clang-format)
CLANG_FORMAT_VERSION := 14
CPPCHECK     ?= cppcheck
C_FILES      := $(wildcard lib/*.h lib/*/*.[ch] lib/*/*/*.[ch] cmd/*/*.[ch] tests/*.[ch] tests/*/*.[ch] bench/*.[ch] bench/*/*.[ch])

clang-format-version:
	@found=$$($(CLANG_FORMAT) --version 2>&1); case $$found in \
	*' version $(CLANG_FORMAT_VERSION).'*) ;; \
	*) echo "the sources are formatted with clang-format $(CLANG_FORMAT_VERSION) (Debian 12, or: make CLANG_FORMAT=PATH);" \
	     "'$(CLANG_FORMAT) --version' says: $$found" >&2; exit 1 ;; esac

format: clang-format-version ## format the C sources, with the clang-format of Debian 12 (version 14)
	$(Q)$(CLANG_FORMAT) -i $(C_FILES)

check-format: clang-format-version ## check that make format would change nothing
	$(Q)$(CLANG_FORMAT) --dry-run -Werror $(C_FILES)

lint: check-format ## check format, sources (cppcheck) and manuals (mandoc)
	$(Q)find lib cmd -name '*.c' | LC_ALL=C sort | xargs -P $(JOBS) -n 16 $(CPPCHECK) --quiet --error-exitcode=1 --std=c11 \
	  --inline-suppr --enable=warning,portability --library=tests/lint/cppcheck.cfg \
	  --suppressions-list=tests/lint/cppcheck.txt -Ilib
	$(Q)mandoc -Tlint -W warning $(MAN)

# What editors and clang's tools read.  One entry a source, with this build's flags.
compile_commands.json: FORCE ## write compile_commands.json for editors
	@{ printf '['; sep=; for f in $(LIB_SRC) $(CLI_SRC) $(wildcard cmd/*/*.c); do \
	  printf '%s\n{"directory": "%s", "file": "%s", "command": "%s"}' "$$sep" '$(CURDIR)' "$$f" \
	    '$(subst ','\'',$(subst ",\",$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS))) -c '"$$f"; sep=,; done; printf '\n]\n'; } >$@

completions: all ## write the shells' completions anew from the option tables
	@mkdir -p completions
	$(Q)for c in $(CMDS); do $B/bin/$$c --print-completion=bash >completions/$$c.bash && \
	  $B/bin/$$c --print-completion=zsh >completions/_$$c && \
	  $B/bin/$$c --print-completion=fish >completions/$$c.fish || exit 1; done

# ---- installing ----------------------------------------------------------------------------------------------

SHARED_LIB := $(DESTDIR)$(LIBDIR)/libtracekit.so
install: install-built ## install commands, library, header, manuals and completions
# Alone, as tests call it while other tests run, it builds nothing.
install-built: $(if $(filter install,$(GOALS)),all) install-data
	$(INSTALL) -d $(addprefix $(DESTDIR),$(BINDIR) $(LIBDIR) $(PKGCONFIGDIR) $(INCLUDEDIR)/tracekit)
	$(if $(BINS),$(INSTALL) -m 755 $(BINS) $(DESTDIR)$(BINDIR))
	$(INSTALL) -m 644 $B/libtracekit.a $(DESTDIR)$(LIBDIR)
	$(INSTALL) -m 755 $B/libtracekit.so.$(SOVERSION) $(SHARED_LIB).$(VERSION)
	ln -sf libtracekit.so.$(VERSION) $(SHARED_LIB).$(SOVERSION)
	ln -sf libtracekit.so.$(SOVERSION) $(SHARED_LIB)
	$(INSTALL) -m 644 lib/tracekit.h $(DESTDIR)$(INCLUDEDIR)
	$(INSTALL) -m 644 $(wildcard lib/tracekit/*.h) $(DESTDIR)$(INCLUDEDIR)/tracekit
	sed -e 's|@PREFIX@|$(PREFIX)|;s|@LIBDIR@|$(LIBDIR)|;s|@INCLUDEDIR@|$(INCLUDEDIR)|' \
	  -e 's|@VERSION@|$(VERSION)|;s|@PKGS@|$(PKGS)|' tracekit.pc.in >$(DESTDIR)$(PKGCONFIGDIR)/tracekit.pc
	chmod 644 $(DESTDIR)$(PKGCONFIGDIR)/tracekit.pc

install-static: static install-data ## install static commands, manuals and completions, without the library
	$(INSTALL) -d $(DESTDIR)$(BINDIR)
	$(INSTALL) -m 755 $(STATIC) $(DESTDIR)$(BINDIR)

# What belongs to the commands, however they are linked.
install-data:
	$(INSTALL) -d $(addprefix $(DESTDIR),$(SCHEMADIR) $(PRICEDIR) $(BASHDIR) $(ZSHDIR) $(FISHDIR) \
	  $(addprefix $(EXAMPLEDIR)/,$(sort $(dir $(EXAMPLES)))) $(sort $(foreach m,$(MAN),$(MANDIR)/man$(subst .,,$(suffix $m)))))
	$(INSTALL) -m 644 $(SCHEMAS) $(DESTDIR)$(SCHEMADIR)
	$(INSTALL) -m 644 $(BACKENDS) $(DESTDIR)$(PRICEDIR)
	$(foreach f,$(EXAMPLES),$(INSTALL) -m 644 $f $(DESTDIR)$(EXAMPLEDIR)/$f &&) true
	$(foreach f,$(EXAMPLE_NAMES),$(INSTALL) -m 644 testdata/$(lastword $(subst =, ,$f)) \
	  $(DESTDIR)$(EXAMPLEDIR)/$(firstword $(subst =, ,$f)) &&) true
	$(foreach m,$(MAN),$(INSTALL) -m 644 $m $(DESTDIR)$(MANDIR)/man$(subst .,,$(suffix $m)) &&) true
	$(foreach f,$(wildcard completions/*.bash),\
	  $(INSTALL) -m 644 $f $(DESTDIR)$(BASHDIR)/$(basename $(notdir $f)) &&) true
	$(foreach f,$(wildcard completions/_*),$(INSTALL) -m 644 $f $(DESTDIR)$(ZSHDIR) &&) true
	$(foreach f,$(wildcard completions/*.fish),$(INSTALL) -m 644 $f $(DESTDIR)$(FISHDIR) &&) true

uninstall: ## remove what install put there
	rm -f $(CMDS:%=$(DESTDIR)$(BINDIR)/%) $(DESTDIR)$(LIBDIR)/libtracekit.a \
	  $(SHARED_LIB) $(SHARED_LIB).$(SOVERSION) $(SHARED_LIB).$(VERSION) \
	  $(DESTDIR)$(PKGCONFIGDIR)/tracekit.pc $(patsubst lib/%,$(DESTDIR)$(INCLUDEDIR)/%,$(wildcard lib/tracekit.h lib/tracekit/*.h)) \
	  $(foreach m,$(MAN),$(DESTDIR)$(MANDIR)/man$(subst .,,$(suffix $m))/$(notdir $m)) \
	  $(patsubst schema/%,$(DESTDIR)$(SCHEMADIR)/%,$(SCHEMAS)) \
	  $(patsubst lib/cost/backends/%,$(DESTDIR)$(PRICEDIR)/%,$(BACKENDS)) \
	  $(addprefix $(DESTDIR)$(EXAMPLEDIR)/,$(EXAMPLES) $(foreach f,$(EXAMPLE_NAMES),$(firstword $(subst =, ,$f)))) \
	  $(patsubst completions/%.bash,$(DESTDIR)$(BASHDIR)/%,$(wildcard completions/*.bash)) \
	  $(patsubst completions/%,$(DESTDIR)$(ZSHDIR)/%,$(wildcard completions/_*)) \
	  $(patsubst completions/%,$(DESTDIR)$(FISHDIR)/%,$(wildcard completions/*.fish))
	rmdir $(DESTDIR)$(INCLUDEDIR)/tracekit 2>/dev/null || true

# ---- releasing -----------------------------------------------------------------------------------------------

# Others publish programs named tracekit, tracediff and tracecost: what is packed has a name of its own.
DIST := tracekit-tools-$(VERSION)
dist: ## make the source archive of the current commit; the same bytes each time
	@git diff --quiet HEAD 2>/dev/null || echo "  note: the working tree differs from the commit that is packed" >&2
	git -c tar.umask=0022 archive --format=tar --prefix=$(DIST)/ HEAD >$(DIST).tar
	gzip -9nf $(DIST).tar

# The same settings for each make, or the flags differ and everything is built again.
distcheck: dist ## build, test, install and uninstall from the source archive
	rm -rf build/distcheck && mkdir -p build/distcheck
	gzip -dc $(DIST).tar.gz | tar -xf - -C build/distcheck
	+cd build/distcheck/$(DIST) && $(MAKE) check WERROR=1 SHARED='$(SHARED)' && \
	  $(MAKE) install WERROR=1 DESTDIR="$$PWD/stage" PREFIX=/usr && \
	  for c in stage/usr/bin/*; do $$c --version >/dev/null || exit 1; done && \
	  $(MAKE) uninstall WERROR=1 DESTDIR="$$PWD/stage" PREFIX=/usr && \
	  if find stage ! -type d | grep .; then echo "distcheck: uninstall left these files" >&2; exit 1; fi
	rm -rf build/distcheck
	@echo "$(DIST).tar.gz is ready"

release: dist ## make the binary archive: static commands, manuals, data, sums and the bill of materials, in build/release
	CC='$(CC)' PKG_CONFIG='$(PKG_CONFIG)' MAKE='$(MAKE)' JOBS='$(JOBS)' tools/release.sh $(DIST).tar.gz build/release

site: all ## make the documents a site of static pages in build/site, with what their examples print; checks the links
	$(Q)tools/site/site.sh $B/bin build/site && echo "build/site/index.html"

wheel: all static ## make a wheel for Python of contrib/python, with the library and the commands in it
	$(Q)contrib/python/wheel.sh $B

clean: ## remove what was built
	rm -rf build

distclean: clean ## remove also the source archive and config.mk
	rm -f config.mk $(DIST).tar.gz

FORCE:
.PHONY: all help deps tests check check-slow check-headers check-san check-fuzz-san check-sanitizers check-tsan check-threads run-fuzzers bless interop check-html check-release demo bench fuzz completions \
        format check-format clang-format-version lint \
        install install-built install-data install-static static uninstall dist distcheck release wheel site clean distclean FORCE
