# shellcheck shell=sh disable=SC2034
# tap.sh - TAP for the shell scripts of this folder; read it with `.` after changing to the top of the tree.

TRACEKIT_BUILD=${TRACEKIT_BUILD:-$PWD/build/default}
BIN=${BIN:-$TRACEKIT_BUILD/bin}
CC=${CC:-cc}
MAKE=${MAKE:-make}
TK_CMDS=${TK_CMDS-$(for main in cmd/*/main.c; do [ ! -e "$main" ] || basename "${main%/main.c}"; done)}

# Removed at the end, also when the test is interrupted.
scratch=$(mktemp -d "${TMPDIR:-/tmp}/tracekit-lint.XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 129' HUP INT TERM

# Results are counted in a file, so that a check may stand at the end of a pipe.
: >"$scratch/results"

result() { # ok|not_ok TEXT
    echo "$1" >>"$scratch/results"
    count=$(wc -l <"$scratch/results")
    case $1 in
    ok) printf 'ok %d - %s\n' "$count" "$2" ;;
    *) printf 'not ok %d - %s\n' "$count" "$2" ;;
    esac
}

pass() { # NAME
    result ok "$*"
}

fail() { # NAME
    result not_ok "$*"
}

skip() { # NAME REASON
    result ok "$1 # SKIP $2"
}

comment() { # reads lines for people
    sed 's/^/# /'
}

# Passes when standard input is empty; else every line of it is a finding.
clean() { # NAME
    cat >"$scratch/findings"
    if [ -s "$scratch/findings" ]; then
        fail "$1"
        comment <"$scratch/findings"
    else
        pass "$1"
    fi
}

# The last thing a script does.
finish() {
    echo "1..$(($(wc -l <"$scratch/results")))"
    [ -s "$scratch/results" ] && ! grep -q not_ok "$scratch/results"
    exit
}

# C sources and headers of the library and the commands, one per line.
c_files() {
    find lib cmd -name '*.[ch]' | LC_ALL=C sort
}

# What is ours to read: not what was built, not git's.
all_files() {
    find . -name .git -prune -o -path ./build -prune -o -path ./compile_commands.json -prune -o -type f -print | LC_ALL=C sort
}
