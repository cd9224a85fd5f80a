// OTLP JSON lines with Node's JSON.parse.  Times of 19 digits compare as text; only the ends become BigInt.
'use strict';
const fs = require('fs');

const traces = new Map();
let spans = 0, errors = 0;

function take(line) {
  for (const resource of JSON.parse(line).resourceSpans)
    for (const scope of resource.scopeSpans)
      for (const span of scope.spans) {
        const start = span.startTimeUnixNano, end = span.endTimeUnixNano;
        const trace = traces.get(span.traceId);
        if (trace === undefined) {
          traces.set(span.traceId, [start, end]);
        } else {
          if (start < trace[0]) trace[0] = start;
          if (end > trace[1]) trace[1] = end;
        }
        spans++;
        if (span.status !== undefined && span.status.code === 2) errors++;
      }
}

const fd = fs.openSync(process.argv[2]);
const chunk = Buffer.allocUnsafe(4 << 20);
let rest = Buffer.alloc(0);
for (let n; (n = fs.readSync(fd, chunk)) > 0;) {
  let at = 0;
  for (let stop; (stop = chunk.subarray(0, n).indexOf(10, at)) >= 0; at = stop + 1) {
    if (rest.length) {
      take(Buffer.concat([rest, chunk.subarray(at, stop)]).toString());
      rest = Buffer.alloc(0);
    } else {
      take(chunk.toString('utf8', at, stop));
    }
  }
  rest = Buffer.concat([rest, chunk.subarray(at, n)]);
}
if (rest.length) take(rest.toString());

const lengths = BigUint64Array.from([...traces.values()].map(([start, end]) => BigInt(end) - BigInt(start))).sort();
const at = (q) => lengths[Math.ceil(lengths.length * q / 100) - 1];
console.log(`${spans} spans, ${traces.size} traces, ${errors} errors, p50 ${at(50)}, p99 ${at(99)}`);
