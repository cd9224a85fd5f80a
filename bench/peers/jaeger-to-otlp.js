// Jaeger's API JSON to OTLP protobuf, with Node's JSON.parse and an encoder that writes into one buffer.
//   node jaeger-to-otlp.js IN >OUT
'use strict';
const fs = require('fs');

let out = Buffer.allocUnsafe(1 << 22);
let at = 0;

function room(n) {
  if (at + n <= out.length) return;
  const larger = Buffer.allocUnsafe(Math.max(out.length * 2, at + n));
  out.copy(larger, 0, 0, at);
  out = larger;
}

function varint(x) {
  room(10);
  while (x > 127) {
    out[at++] = (x % 128) | 128;
    x = Math.floor(x / 128);
  }
  out[at++] = x;
}

// Lengths are only known afterwards: four bytes are kept for them, filled with a varint of that length.
function open(field) {
  varint(field * 8 + 2);
  room(4);
  at += 4;
  return at;
}

function close(start) {
  const n = at - start;
  out[start - 4] = (n & 127) | 128;
  out[start - 3] = (n >> 7 & 127) | 128;
  out[start - 2] = (n >> 14 & 127) | 128;
  out[start - 1] = n >> 21;
}

function text(field, s) {
  varint(field * 8 + 2);
  room(s.length * 3 + 5);
  if (s.length < 40) { // at most 120 bytes: a length of one byte
    const n = out.write(s, at + 1);
    out[at] = n;
    at += n + 1;
  } else {
    varint(Buffer.byteLength(s));
    room(s.length * 3);
    at += out.write(s, at);
  }
}

function hex(field, s) {
  varint(field * 8 + 2);
  varint(s.length / 2);
  room(s.length);
  at += out.write(s, at, 'hex');
}

function time(field, microseconds) {
  varint(field * 8 + 1);
  room(8);
  at = out.writeBigUInt64LE(BigInt(microseconds) * 1000n, at);
}

function attribute(field, tag) {
  const pair = open(field);
  text(1, tag.key);
  const value = open(2);
  switch (tag.type) {
    case 'bool':
      varint(2 * 8);
      varint(tag.value ? 1 : 0);
      break;
    case 'int64':
      varint(3 * 8);
      if (tag.value >= 0) {
        varint(Number(tag.value));
      } else {
        let x = BigInt.asUintN(64, BigInt(tag.value));
        room(10);
        for (; x > 127n; x >>= 7n) out[at++] = Number(x & 127n) | 128;
        out[at++] = Number(x);
      }
      break;
    case 'float64':
      varint(4 * 8 + 1);
      room(8);
      at = out.writeDoubleLE(tag.value, at);
      break;
    default:
      text(1, String(tag.value));
  }
  close(value);
  close(pair);
}

const kinds = {unspecified: 0, internal: 1, server: 2, client: 3, producer: 4, consumer: 5};
const meanings = new Set(['span.kind', 'error', 'otel.status_code', 'otel.status_description', 'otel.scope.name',
  'otel.scope.version', 'otel.library.name', 'otel.library.version', 'w3c.tracestate']);

// The tags that say what is no attribute in OTLP.
function meaning(span) {
  const m = {};
  for (const tag of span.tags) if (meanings.has(tag.key)) m[tag.key] = tag.value;
  return m;
}

function writeSpan(span, m) {
  const start = open(2);
  hex(1, span.traceID);
  hex(2, span.spanID);
  if (m['w3c.tracestate']) text(3, m['w3c.tracestate']);
  const parent = span.references.find((r) => r.refType === 'CHILD_OF' && r.traceID === span.traceID);
  if (parent) hex(4, parent.spanID);
  text(5, span.operationName);
  varint(6 * 8);
  varint(kinds[m['span.kind']] || 0);
  time(7, span.startTime);
  time(8, span.startTime + span.duration);
  for (const tag of span.tags) if (!meanings.has(tag.key)) attribute(9, tag);
  for (const log of span.logs) {
    const event = open(11);
    time(1, log.timestamp);
    for (const field of log.fields) {
      if (field.key === 'event') text(2, field.value);
      else attribute(3, field);
    }
    close(event);
  }
  for (const r of span.references) {
    if (r === parent) continue;
    const link = open(13);
    hex(1, r.traceID);
    hex(2, r.spanID);
    close(link);
  }
  const status = open(15);
  if (m['otel.status_description']) text(2, m['otel.status_description']);
  if (m.error === true || m['otel.status_code']) {
    varint(3 * 8);
    varint(m.error === true || m['otel.status_code'] === 'ERROR' ? 2 : m['otel.status_code'] === 'OK' ? 1 : 0);
  }
  close(status);
  close(start);
}

function writeTrace(trace) {
  const groups = new Map(); // process -> scope -> spans
  for (const span of trace.spans) {
    const m = meaning(span);
    const scope = `${m['otel.scope.name'] || m['otel.library.name'] || ''}\n${m['otel.scope.version'] || m['otel.library.version'] || ''}`;
    if (!groups.has(span.processID)) groups.set(span.processID, new Map());
    const scopes = groups.get(span.processID);
    if (!scopes.has(scope)) scopes.set(scope, []);
    scopes.get(scope).push([span, m]);
  }
  for (const [id, scopes] of groups) {
    const all = open(1), resource = open(1), process = trace.processes[id];
    attribute(1, {key: 'service.name', type: 'string', value: process.serviceName});
    for (const tag of process.tags) attribute(1, tag);
    close(resource);
    for (const [key, spans] of scopes) {
      const of = open(2), scope = open(1), [name, version] = key.split('\n');
      text(1, name);
      text(2, version);
      close(scope);
      for (const [span, m] of spans) writeSpan(span, m);
      close(of);
    }
    close(all);
  }
  if (at > 1 << 20) flush();
}

function flush() {
  for (let done = 0; done < at;) done += fs.writeSync(1, out, done, at - done);
  at = 0;
}

for (const trace of JSON.parse(fs.readFileSync(process.argv[2], 'utf8')).data) writeTrace(trace);
flush();
