#!/bin/sh
# tracediff --grouped says what it says without: of one encoding and another, of a pipe, where clocks differ and spans are
# moved, and where traces go over the ends of what is read at once.
maze=$TRACEKIT_BUILD/tests/cli/tool_maze
. "$TRACEKIT_TOP"/tests/cli/diff_causes.sh
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# same NAME FILE [OPTION]...: FILE is grouped
same() {
    name=$1 file=$2
    shift 2
    "$BIN"/tracediff "$@" "$file" >"$work"/sorted
    "$BIN"/tracediff --grouped "$@" "$file" >"$work"/grouped
    difference=$(cmp "$work"/sorted "$work"/grouped 2>&1)
    result $? "$name" "$difference"
}

"$BIN"/tracecat --group -u -o "$work"/shop.pb "$TRACEKIT_TOP"/testdata/shop/collector-json.jsonl
"$maze" dark seed=3 >"$work"/maze && "$BIN"/tracecat --group -o "$work"/maze.json "$work"/maze
"$BIN"/tracecat -u -o "$work"/maze.pb "$work"/maze.json
for repair in skew none jaeger-skew; do
    same "protobuf, --repair=$repair" "$work"/shop.pb --repair=$repair --json
done
same "many batches of JSON" "$work"/maze.json --json
same "many batches of protobuf, on threads" "$work"/maze.pb --json -@ 4
# hosts whose clocks plainly differ, which is seen before the last trace has come
"$maze" leaf seed=5 skew=-700 traces=700 >"$work"/skewed
"$BIN"/tracecat --group -u -o "$work"/skewed.pb "$work"/skewed
same "clocks that plainly differ" "$work"/skewed.pb --json
"$BIN"/tracecat --repair=skew -o "$work"/moved.json "$work"/skewed
for file in skewed moved.json; do
    "$BIN"/tracediff - <"$work"/$file | sed -n '1,/^ *fast  *slow$/p' >"$work"/$file.verdict
done
difference=$(diff "$work"/skewed.verdict "$work"/moved.json.verdict)
result $? "they are moved once, and then say what moved spans say" "$difference"
same "what a query chooses" "$work"/shop.pb --json --a '{ status = error }'
same "a page with examples" "$work"/shop.pb -t html
same "dark time alone" "$work"/shop.pb --dark
"$BIN"/tracediff - <"$work"/maze.pb >"$work"/sorted
"$BIN"/tracediff --grouped - <"$work"/maze.pb >"$work"/grouped
difference=$(cmp "$work"/sorted "$work"/grouped 2>&1)
result $? "a pipe" "$difference"

# a trace that comes back is named, in a file of its own, too
"$BIN"/tracecat --limit 2 --group -o "$work"/two.json "$work"/maze.json
back=$("$BIN"/tracediff --grouped "$work"/maze.json "$work"/two.json --split p50,p95 2>&1)
status=$?
id=$("$BIN"/tracecat -t rows "$work"/two.json | sed -n '1s/.*"trace_id": *"\([0-9a-f]*\)".*/\1/p')
case $back in *"trace $id comes back"*) ;; *) status="$status, not named" ;; esac
[ "$status" = 3 ]
result $? "a trace that comes back is an error" "$status: $back"
echo "1..$n"
