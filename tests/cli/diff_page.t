#!/bin/sh
# The page of tracediff: its figures are there, in their order, and say what the report says.
maze=$TRACEKIT_BUILD/tests/cli/tool_maze
. "$TRACEKIT_TOP"/tests/cli/diff_causes.sh
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# figure TITLE: the drawing below that heading
figure() { awk -v title="$1" '/<h2/ { on = index($0, title) > 0 } on' "$work"/page.html; }

# widths CLASS...: of the boxes of standard input with one of these classes, added up
widths() {
    awk -v classes=" $* " '{
        while (match($0, /<rect class="[a-z]*"[^>]*width="[0-9.]*"/)) {
            box = substr($0, RSTART, RLENGTH); $0 = substr($0, RSTART + RLENGTH)
            split(box, part, "\""); width = box; sub(/.*width="/, "", width); sub(/".*/, "", width)
            if (index(classes, " " part[2] " ")) sum += width
        }
    } END { printf "%.0f\n", sum }'
}

"$maze" dark seed=3 >"$work"/dark.json
"$BIN"/tracediff -o "$work"/page.html "$work"/dark.json
"$BIN"/tracediff --json "$work"/dark.json >"$work"/report.json
want='An example of the slower ones
One of the others
Where the time of the slow ones is on the critical path
Durations'
got=$(grep -o '<h2[^>]*>[^<]*' "$work"/page.html | sed 's/<[^>]*>//; s/:.*//; s/, at the same scale//' | head -n 4)
[ "$got" = "$want" ]
result $? "an example of each side, a flame graph, the distributions" "$got"

verdict=$(sed -n 's/.*"verdict": "\([^"]*\)".*/\1/p' "$work"/report.json | cut -c1-60)
grep -q -F "$verdict" "$work"/page.html
result $? "the verdict stands on it: $verdict" "$(grep -c verdict "$work"/page.html)"

# the slow example is that of the first cause, with boxes for its spans, those of a large one that matter; its critical
# path has no hole (what is short is drawn a point wide)
id=$(sed -n 's/.*"example": "\([0-9a-f]*\)".*/\1/p' "$work"/report.json | head -n 1)
spans=$("$BIN"/tracecat --trace "$id" -t rows "$work"/dark.json | wc -l)
boxes=$(figure 'An example of the slower' | grep -o '<rect class="span"' | wc -l)
[ "$((boxes))" -le "$((spans))" ] && [ "$((boxes * 2))" -gt "$((spans))" ]
result $? "the example of the first cause, with boxes for its spans" "$boxes boxes, $spans spans"
root=$(figure 'An example of the slower' | grep -o '<rect class="span"[^>]*' | head -n 1 | widths span)
path=$(figure 'An example of the slower' | widths work dark)
[ $((path - root)) -lt "$boxes" ] && [ $((root - path)) -lt 3 ]
result $? "the critical path is marked from begin to end" "path $path, root $root"
dark=$(figure 'An example of the slower' | widths dark)
[ $((dark * 2)) -gt "$root" ]
result $? "the dark time that is the cause is most of it" "dark $dark of $root"
other=$(figure 'One of the others' | widths work dark)
[ "$other" -gt 0 ] && [ $((other * 2)) -lt "$root" ]
result $? "the other example has the same scale" "$other of $root"

figure 'Where the time of the slow ones' | grep -q '<title>[^<]*: slow [0-9.]* [mun]*s, fast '
result $? "boxes of the flame graph say the time of both sides" "$(figure 'Where the time' | grep -o '<title>[^<]*' | head -n 3)"
fast=$(figure Durations | grep -o '<rect class="fast"' | wc -l) slow=$(figure Durations | grep -o '<rect class="slow"' | wc -l)
[ "$fast" -gt 2 ] && [ "$slow" -gt 2 ]
result $? "bars of both distributions" "fast $fast, slow $slow"

# what sets the slow ones apart, with the counts of the report
"$maze" resource seed=3 >"$work"/dark.json
"$BIN"/tracediff -o "$work"/page.html "$work"/dark.json
said=$("$BIN"/tracediff "$work"/dark.json | tr -s '\n ' '  ' | sed -n 's/.* in \([0-9]* of [0-9]*\), else in \([0-9]* of [0-9]*\).*/\1, else \2/p')
figure 'What slow requests have' | grep -q -F ">$said<"
result $? "bars of attributes: $said" "$(figure 'What slow requests have' | grep -o '>[0-9]* of [^<]*')"

! grep -o '\(src\|href\)="[^"#]*"' "$work"/page.html | grep -v '="data:' | grep .
result $? "the page loads nothing" "$(grep -o 'src="[^"]*"' "$work"/page.html | head -n 3)"
echo "1..$n"
