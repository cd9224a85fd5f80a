#!/bin/sh
# setup.sh - finds what building and testing need, and installs what is missing from Debian's or Ubuntu's packages.
#
#   tools/setup.sh [build|demo|check|bench|lint|fuzz|site|ci]  install what is missing; the default is check
#   tools/setup.sh --missing [LEVEL]                      only print the packages that are missing, on one line
#
# demo contains build, check contains demo; bench, lint, fuzz and site each contain check; ci contains
# lint and fuzz.
# Nothing is remembered between calls: what counts is whether pkg-config and the shell find the thing now.  Installs
# as root, or through sudo (never asking for a password when CI=true or standard input is not a terminal).  Without
# apt it names what is missing and stops.
set -u

list_only=no
if [ "${1-}" = --missing ]; then
    list_only=yes
    shift
fi
level=${1-check}

missing=       # Debian packages
reasons=       # lines for people

lack() { # PACKAGE WHAT
    case " $missing " in
    *" $1 "*) ;;
    *) missing="${missing:+$missing }$1" ;;
    esac
    reasons="$reasons  $2 (package $1)
"
}

need_command() { # COMMAND PACKAGE
    command -v "$1" >/dev/null 2>&1 || lack "$2" "the command $1"
}

need_library() { # PKG-CONFIG-MODULE PACKAGE
    "$pkg_config" --exists "$1" 2>/dev/null || lack "$2" "the library $1"
}

need_header() { # HEADER PACKAGE: of a library that has no file for pkg-config everywhere
    for folder in /usr/include /usr/local/include; do
        [ ! -e "$folder/$1" ] || return 0
    done
    lack "$2" "the header $1"
}

pkg_config=${PKG_CONFIG:-pkg-config}

need_build() {
    cc=${CC:-cc}
    cc=${cc%% *}
    case $cc in
    cc | gcc) need_command "$cc" gcc ;;
    *) need_command "$cc" "$cc" ;;
    esac
    need_command pkg-config pkg-config
    need_library jansson libjansson-dev
    need_library libzstd libzstd-dev
    need_library zlib zlib1g-dev
    need_library liblzma liblzma-dev
    need_library liblz4 liblz4-dev
    need_header bzlib.h libbz2-dev
    need_library yaml-0.1 libyaml-dev
    need_library libpcre2-8 libpcre2-dev
    need_library libxxhash libxxhash-dev
    need_library nettle nettle-dev
    need_library libprotobuf-c libprotobuf-c-dev
    need_command protoc-c protobuf-c-compiler
}

need_demo() {
    need_build
    need_command zstd zstd
    need_command gzip gzip
}

need_check() {
    need_demo
    need_command prove perl
    need_command mandoc mandoc
}

need_bench() { # peers to measure against; Node, Python and jq are measured where they are
    need_check
    need_command c++ g++
    need_library simdjson libsimdjson-dev
}

need_lint() {
    need_check
    # Another version formats differently.
    case $({ "${CLANG_FORMAT:-clang-format-14}" --version || clang-format --version; } 2>/dev/null) in
    *' version 14.'*) ;;
    *) lack clang-format-14 "the command clang-format, version 14" ;;
    esac
    need_command cppcheck cppcheck
}

need_fuzz() {
    need_check
    need_command clang clang
    if command -v clang >/dev/null 2>&1; then
        major=$(clang -dumpversion | sed 's/\..*//')
        [ -e "$(clang -print-file-name=libclang_rt.fuzzer-x86_64.a)" ] ||
            [ -e "$(clang -print-resource-dir)/lib/linux/libclang_rt.fuzzer-$(uname -m).a" ] ||
            lack "libclang-rt-$major-dev" "clang's fuzzer"
    fi
}

need_site() {
    need_check
    need_command cmark-gfm cmark-gfm
}

need_ci() {
    need_lint
    need_fuzz
    need_command git git
}

case $level in
build | demo | check | bench | lint | fuzz | site | ci) "need_$level" ;;
*)
    echo "usage: tools/setup.sh [--missing] [build|demo|check|bench|lint|fuzz|site|ci]" >&2
    exit 2
    ;;
esac

if [ $list_only = yes ]; then
    [ -z "$missing" ] || echo "$missing"
    exit 0
fi
if [ -z "$missing" ]; then
    echo "setup: everything needed is there ($level)"
    exit 0
fi

echo "setup: missing:"
printf '%s' "$reasons"

if ! command -v apt-get >/dev/null 2>&1; then
    echo "setup: this system has no apt-get; install the above with its own package manager and run make again" >&2
    exit 1
fi

as_root=
if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        echo "setup: neither root nor sudo; as root, run: apt-get install $missing" >&2
        exit 1
    fi
    if [ "${CI-}" = true ] || ! [ -t 0 ]; then
        as_root='sudo -n'
    else
        as_root=sudo
    fi
fi

# The package lists of a fresh machine are empty, those of an old one are stale: both end in "not found".
apt() { # ARGUMENTS
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@" </dev/null
}
apt update >/dev/null || echo "setup: apt-get update failed; trying with the package lists as they are" >&2

# Twice: only clang itself tells which of the packages of its parts is its own.
for pass in 1 2; do
    echo "setup: installing with ${as_root:+$as_root }apt-get: $missing"
    # shellcheck disable=SC2086 # a list of package names
    if ! apt install --no-install-recommends $missing; then
        echo "setup: that did not work; as root, run: apt-get install $missing" >&2
        exit 1
    fi
    missing=
    reasons=
    hash -r
    "need_$level"
    if [ -z "$missing" ]; then
        echo "setup: done"
        exit 0
    fi
done
echo "setup: still missing after installing:" >&2
printf '%s' "$reasons" >&2
exit 1
