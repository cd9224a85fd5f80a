#!/bin/sh
# The pages of -t html in a real browser: no console error, keys and clicks work, every name is text, and a trace of
# 50,000 spans is painted within a second without a task of more than 100 ms.  `make check-html`; skipped by name where no
# Chromium is installed.
: "${BIN:?}" "${TRACEKIT_TOP:?}"
for name in chromium chromium-browser google-chrome; do
    command -v "$name" >/dev/null 2>&1 && browser=$name && break
done
[ -n "${browser:-}" ] || { echo '1..0 # SKIP no Chromium is installed'; exit 0; }
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
n=0

# A page is opened with a script behind it, which tries what a reader does and puts the answers into the page.
visit() { # page: what the script at standard input leaves in #answers
    { sed '/<\/html>/d' "$1"; printf '<script>'; cat; printf '</script></html>\n'; } >"$dir/visited.html"
    timeout 120 "$browser" --headless --no-sandbox --disable-gpu --user-data-dir="$dir/profile" --window-size=1300,800 \
        --enable-logging=stderr --v=0 --virtual-time-budget=20000 --dump-dom "file://$dir/visited.html" \
        2>"$dir/log" >"$dir/dom"
    sed -n '/<pre id="answers">/,/<\/pre>/p' "$dir/dom" | sed 's/.*<pre id="answers">//; /<\/pre>/d'
}
answer() { # line of $dir/answers: whether it is "ok"
    n=$((n + 1))
    if grep -qx "ok $1" "$dir/answers"; then echo "ok $n - $1"; else
        echo "not ok $n - $1"
        grep "^not ok $1" "$dir/answers" | sed 's/^/# /'
    fi
}
quiet() {
    n=$((n + 1))
    if grep -q 'CONSOLE.*\(Error\|error\|Refused\)' "$dir/log"; then
        echo "not ok $n - $1: the console is quiet"
        grep CONSOLE "$dir/log" | sed 's/^/# /' | head -5
    else
        echo "ok $n - $1: the console is quiet"
    fi
}

"$BIN/tracecat" -t html "$TRACEKIT_TOP/tests/cli/waterfall.json" >"$dir/one.html"
visit "$dir/one.html" >"$dir/answers" <<'EOS'
addEventListener("load", () => setTimeout(() => {
  const out = [], $ = id => document.getElementById(id), rows = () => document.querySelectorAll(".row");
  const is = (what, good, got) => out.push(good ? "ok " + what : "not ok " + what + ": " + got);
  const key = k => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key: k, bubbles: true}));
  const at = () => document.querySelector(".row.at .name").textContent;
  is("one trace opens by itself", !$("trace").hidden && rows().length > 20, rows().length);
  is("it says when it began", /^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} Z: /.test($("sums").textContent), $("sums").textContent);
  is("it says where the time went", /^\d+ ms \(\d+ %\) in /.test($("gist").textContent), $("gist").textContent);
  const said = [...document.querySelectorAll(".message")].map(m => m.closest(".row").textContent);
  is("the deepest error is told beside its name", said.length === 1 && said[0].includes("no healthy upstream"), said.join());
  key("j"); key("ArrowDown");
  is("j and the arrows move", at() === "! POST /api/checkout", at());
  key("Enter");
  is("Enter tells what the span says", !$("detail").hidden && $("detail").textContent.includes("span id"), "");
  const run = () => [...rows()].find(r => r.classList.contains("run"));
  const items = () => [...rows()].filter(r => r.querySelector(".name").textContent === "SELECT shop.item").length;
  is("repeats are folded", items() === 1 && run().textContent.includes("x40, one after the other"), items());
  run().querySelector(".fold").click();
  is("and open", items() > 20, items());
  run().click();
  is("a run says how long its spans take together", $("detail").textContent.includes("60.0 ms together"), $("detail").textContent);
  run().querySelector(".fold").click();
  is("and folds again", items() === 1, items());
  rows()[2].click();
  const before = rows().length;
  key("ArrowLeft");
  is("left folds", rows().length < before && rows().length < 8, rows().length);
  key("ArrowRight");
  is("right unfolds", rows().length === before, rows().length);
  key("e"); key("e"); key("e");
  is("e finds the errors", at().startsWith("! oteldemo.PaymentService"), at());
  key("e");
  is("an error says what went wrong", $("detail").textContent.includes("no healthy upstream"), "");
  is("exceptions are events", $("detail").textContent.includes("exception.stacktrace"), "");
  key("g");
  is("g finds the gaps", at().startsWith("no span runs"), at());
  const clicked = rows()[rows().length - 3], name = clicked.querySelector(".name").textContent;
  clicked.click();
  is("a click tells, too", $("detail").querySelector("h2").textContent === name.replace(/^[?!] /, ""), name);
  key("End");
  is("names are text", at() === "? send \\x1b[31mreceipt", at());
  key("/");
  $("find").value = "app.payment.currency";
  $("find").dispatchEvent(new Event("input", {bubbles: true}));
  setTimeout(() => {
    is("a search looks into attributes", $("hits").textContent === "1 span", $("hits").textContent);
    key("Escape"); key("c");
    is("c shows the critical path", $("trace").classList.contains("path"), "");
    const p = document.createElement("pre");
    p.id = "answers";
    p.textContent = "\n" + out.join("\n") + "\n";
    document.body.append(p);
  }, 500);
}, 200));
EOS
for what in 'one trace opens by itself' 'it says when it began' 'it says where the time went' 'the deepest error is told beside its name' 'j and the arrows move' 'Enter tells what the span says' 'repeats are folded' 'and open' \
    'a run says how long its spans take together' 'and folds again' 'left folds' 'right unfolds' \
    'e finds the errors' 'an error says what went wrong' 'exceptions are events' 'g finds the gaps' 'a click tells, too' \
    'names are text' 'a search looks into attributes' 'c shows the critical path'; do answer "$what"; done
quiet 'one trace'

"$BIN/tracecat" -t html "$TRACEKIT_TOP/testdata/shop/collector-json.jsonl" "$TRACEKIT_TOP/tests/cli/odd-names.json" >"$dir/many.html"
visit "$dir/many.html" >"$dir/answers" <<'EOS'
addEventListener("load", () => setTimeout(() => {
  const out = [], $ = id => document.getElementById(id), lines = () => document.querySelectorAll("#list-rows tr");
  const is = (what, good, got) => out.push(good ? "ok " + what : "not ok " + what + ": " + got);
  is("many traces are a list", lines().length > 230 && !$("traces").hidden, lines().length);
  is("the slowest comes first", lines()[0].textContent.startsWith("f795891f"), lines()[0].textContent);
  is("a sentence says what there is", /^2\d\d traces, 2,\d{3} spans, \d+ with errors; slowest first$/.test($("dump").textContent), $("dump").textContent);
  const title = k => $("columns").children[k], cell = (r, k) => lines()[r].children[k].textContent;
  const numbers = k => [...lines()].map(l => +l.children[k].textContent);
  is("services are counted", title(3).textContent === "services" && cell(0, 3) === "5", cell(0, 3));
  title(3).firstChild.click();
  is("most services first", numbers(3).every((v, i, all) => !i || all[i - 1] >= v) && cell(0, 3) === "5" &&
    title(3).getAttribute("aria-sort") === "descending" && $("dump").textContent.endsWith("by services, most first"), $("dump").textContent);
  title(3).firstChild.click();
  is("and fewest first", numbers(3).every((v, i, all) => !i || all[i - 1] <= v) && title(3).getAttribute("aria-sort") === "ascending", cell(0, 3));
  title(5).firstChild.click();
  is("names are in order", [...lines()].every((l, i, all) => !i || !cell(i, 5) || cell(i - 1, 5) <= cell(i, 5)), cell(0, 5));
  title(1).firstChild.click();
  is("and the slowest first again", cell(0, 0) === "f795891f" && $("dump").textContent.endsWith("slowest first"), cell(0, 0));
  $("find").value = "deadlock";
  $("find").dispatchEvent(new Event("input", {bubbles: true}));
  is("a search shortens the list", lines().length > 0 && lines().length < 10, lines().length);
  is("and the sentence says so", $("dump").textContent.startsWith(lines().length + " of 2"), $("dump").textContent);
  lines()[0].click();
  is("a click opens a trace", !$("trace").hidden && $("title").textContent.startsWith("trace "), $("title").textContent);
  $("back").click();
  is("and there is a way back", !$("traces").hidden, "");
  is("nothing was fetched", performance.getEntriesByType("resource").length === 0,
    performance.getEntriesByType("resource").map(r => r.name).join());
  const p = document.createElement("pre");
  p.id = "answers";
  p.textContent = "\n" + out.join("\n") + "\n";
  document.body.append(p);
}, 200));
EOS
for what in 'many traces are a list' 'the slowest comes first' 'a sentence says what there is' 'services are counted' \
    'most services first' 'and fewest first' 'names are in order' 'and the slowest first again' \
    'a search shortens the list' 'and the sentence says so' 'a click opens a trace' \
    'and there is a way back' 'nothing was fetched'; do answer "$what"; done
quiet 'many traces'

printf '[{"traceId":"0000000000000001","id":"0000000000000001","name":"\\n","timestamp":1700000000000000,"duration":306400000,"localEndpoint":{"serviceName":"night"}}]' |
    "$BIN/tracecat" -t html >"$dir/long.html"
visit "$dir/long.html" >"$dir/answers" <<'EOS'
addEventListener("load", () => setTimeout(() => {
  const out = [], is = (what, good, got) => out.push(good ? "ok " + what : "not ok " + what + ": " + got);
  const times = [...document.querySelectorAll("#scale span")].map(t => t.textContent).join();
  is("minutes are written as elsewhere", times === "0 s,1 min 17 s,2 min 33 s,3 min 50 s,5 min 6 s", times);
  is("a name of a line break is seen", document.querySelector(".name").textContent === "\\n", "");
  const p = document.createElement("pre");
  p.id = "answers";
  p.textContent = "\n" + out.join("\n") + "\n";
  document.body.append(p);
}, 200));
EOS
for what in 'minutes are written as elsewhere' 'a name of a line break is seen'; do answer "$what"; done
quiet 'a long trace'

awk 'BEGIN {
    printf "{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":{\"stringValue\":\"large\"}}]},\"scopeSpans\":[{\"spans\":["
    for (i = 1; i <= 50000; i++)
        printf "%s{\"traceId\":\"0af7651916cd43dd8448eb211c80319c\",\"spanId\":\"%016x\",%s\"name\":\"GET /item/%d\",\"startTimeUnixNano\":\"%.0f000\",\"endTimeUnixNano\":\"%.0f000\",\"attributes\":[{\"key\":\"http.route\",\"value\":{\"stringValue\":\"/item/{id}\"}},{\"key\":\"db.query.text\",\"value\":{\"stringValue\":\"SELECT * FROM item WHERE id = $1\"}}]}",
            (i > 1 ? "," : ""), i, (i > 1 ? sprintf("\"parentSpanId\":\"%016x\",", int(i / 4) + 1 == i ? 1 : int(i / 4) + 1) : ""), i % 100, 1795241170000000 + i * 10, 1795241170000000 + (i == 1 ? 600000 : i * 10 + 5)
    print "]}]}]}"
}' >"$dir/large.json"
"$BIN/tracecat" -t html "$dir/large.json" >"$dir/large.html"
visit "$dir/large.html" >"$dir/answers" <<'EOS'
const tasks = [];
new PerformanceObserver(l => l.getEntries().forEach(t => tasks.push(t.duration))).observe({type: "longtask", buffered: true});
addEventListener("load", () => setTimeout(() => {
  const out = [], is = (what, good, got) => out.push(good ? "ok " + what : "not ok " + what + ": " + got);
  const paint = performance.getEntriesByType("paint").map(p => p.startTime), rows = document.querySelectorAll(".row");
  is("50,000 spans are there", document.getElementById("sums").textContent.includes("50,000 spans"), "");
  is("only what is in sight is drawn", rows.length > 10 && rows.length < 100, rows.length);
  is("the first paint comes within a second", paint.length > 0 && Math.min(...paint) < 1000, paint.join());
  is("no task takes more than 100 ms", tasks.every(t => t <= 100), tasks.join());
  document.getElementById("find").value = "GET /item/1";
  document.getElementById("find").dispatchEvent(new Event("input", {bubbles: true}));
  setTimeout(() => {
    const hits = document.getElementById("hits").textContent;
    is("hits are counted with thousands separated", hits === "5,500 spans", hits);
    const p = document.createElement("pre");
    p.id = "answers";
    p.textContent = "\n" + out.join("\n") + "\n";
    document.body.append(p);
  }, 6000);
}, 1500));
EOS
for what in '50,000 spans are there' 'only what is in sight is drawn' 'the first paint comes within a second' \
    'no task takes more than 100 ms' 'hits are counted with thousands separated'; do answer "$what"; done
quiet 'a large trace'
echo "1..$n"
