"""Captured traces as columns, and the answers of tracekit's commands, for pyarrow, polars, pandas and DuckDB.

    import tracekit_tools as tk
    table = pyarrow.table(tk.spans("dump.json.zst"))

Spans come from the shared library without a copy; query, replay, cost and diff run the commands and return what their
JSON says.  See README.md.
"""

import ctypes
import json
import os
import shutil
import subprocess
import weakref

from . import _library, _stream

__all__ = ["Failed", "Spans", "cost", "diff", "query", "replay", "spans", "version", "write_parquet"]

_lib = _library.load()


class Failed(Exception):
    """Input that cannot be read whole, or a question that cannot be answered; says where and why."""


def version():
    """Of the library that runs."""
    return _lib.tk_version().decode()


def _paths(paths):
    named = [paths] if isinstance(paths, (str, bytes, os.PathLike)) else list(paths)
    if not named:
        raise ValueError("no file is named")
    return [os.fspath(path) for path in named]


# ---- spans -----------------------------------------------------------------------------------------------------------


# A stream may outlive the Spans that it came from: it knows them by a number, and calls a function that stays.
_reading = weakref.WeakValueDictionary()


@_library.AT_END
def _at_end(number, reader, changed):
    read = _reading.get(number)
    if read is not None:
        read._told(reader, changed)


class Spans:
    """Spans of dumps as a stream of Arrow record batches: whatever takes an object with __arrow_c_stream__ reads it.

    Each time it is read the files are read again.  After a reading:
      records, spans    how much was read
      records_skipped   malformed records that keep_going passed over
      notes             what was mended or left out: pairs of a count and words
    None of them is known before.
    """

    def __init__(self, paths, *, facts=True, format=None, columns=None, keep_going=False, threads=None, memory=0, rows=0):
        self.paths = _paths(paths)
        self._read = {
            "format": format.encode() if format else None,
            "columns": columns.encode() if columns else None,
            "keep_going": keep_going,
            "threads": min(os.cpu_count() or 1, 8) if threads is None else threads,
        }
        self._arrow = {"facts": facts, "memory_max": memory, "rows_max": rows}
        self._forget()

    def _forget(self):
        self.records = self.spans = self.records_skipped = self.notes = None

    def _told(self, reader, changed):
        read = _lib.tk_reader_stats(reader).contents
        self.records, self.spans, self.records_skipped = read.records, read.spans, read.records_skipped
        self.notes = _library.notes(_lib, _lib.tk_reader_notes(reader)) + _library.notes(_lib, changed)

    def __arrow_c_stream__(self, requested_schema=None):
        """A capsule of the stream.  The schema is always the same: a requested one is the consumer's to cast to."""
        self._forget()
        error, reader, stream = _library.Error(), ctypes.c_void_p(), _library.ArrowArrayStream()
        named = (ctypes.c_char_p * len(self.paths))(*[os.fsencode(path) for path in self.paths])
        read = _library.ReadOptions(**self._read)
        if _lib.tk_reader_open(ctypes.byref(reader), named, len(named), ctypes.byref(read), ctypes.byref(error)) < 0:
            raise Failed(_library.message(_lib, error))
        _reading[id(self)] = self
        options = _library.ArrowOptions(**self._arrow, at_end=_at_end, at_end_ctx=id(self))
        if _lib.tk_arrow_stream(ctypes.byref(stream), reader, ctypes.byref(options), ctypes.byref(error)) < 0:
            raise Failed(_library.message(_lib, error))
        return _stream.capsule_of(stream)


def spans(paths, **options):
    """Spans of a dump, or of several, in any format that tracecat reads.

    facts: traces are put together, and each span has also self, critical-path and dark time, depth, root, and the weight
    and duration of its trace; False: the columns of the span alone, in the order of the input.  format, columns: as
    tracecat's -f and --columns.  keep_going: malformed records are passed over and counted.  threads: that decode.
    memory: bytes of spans that are held before a temporary file is used.  rows: of a record batch.
    """
    return Spans(paths, **options)


def write_parquet(paths, to, *, compression="zstd", **options):
    """Writes the spans of dumps as a Parquet file, by pyarrow, a record batch at a time; returns the Spans.

    The file appears under its name when all of it has been written.
    """
    import pyarrow
    import pyarrow.parquet

    read = spans(paths, **options)
    part = os.fspath(to) + ".part"
    batches = pyarrow.RecordBatchReader.from_stream(read)
    try:
        with pyarrow.parquet.ParquetWriter(part, batches.schema, compression=compression) as writer:
            for batch in batches:
                writer.write_batch(batch)
        os.replace(part, to)
    except BaseException:
        if os.path.exists(part):
            os.remove(part)
        raise
    return read


# ---- answers of the commands -------------------------------------------------------------------------------------------


def _command(name):
    beside = os.path.join(_library.HERE, "bin", name)
    found = beside if os.path.exists(beside) else shutil.which(name)
    if not found:
        raise Failed("%s is not installed: it is one of tracekit's commands" % name)
    return found


def _options(options):
    """Keywords as long options: slow="2x" is --slow=2x, strict=True is --strict, a list gives an option again."""
    for key, value in options.items():
        option = "--" + key.rstrip("_").replace("_", "-")
        for one in value if isinstance(value, (list, tuple)) else [value]:
            if one is True:
                yield option
            elif one is not None and one is not False:
                yield "%s=%s" % (option, os.fspath(one) if isinstance(one, os.PathLike) else one)


def _ask(name, arguments, options, paths):
    """The standard output of a command.  1 is an answer, too: the honest no of a check."""
    named = [] if paths is None else ["--", *_paths(paths)]
    done = subprocess.run(
        [_command(name), *arguments, *_options(options), *named], stdin=subprocess.DEVNULL, capture_output=True
    )
    if done.returncode not in (0, 1):
        raise Failed(done.stderr.decode(errors="replace").strip() or "%s: status %d" % (name, done.returncode))
    return done.stdout.decode()


def query(paths, text, **options):
    """The rows of a TraceQL query as dicts (query.schema.json); of a query that selects spans, the rows of these."""
    encoded, parsed, error = text.encode(), ctypes.c_void_p(), _library.Error()
    if _lib.tk_query_parse(ctypes.byref(parsed), _library.Str(encoded, len(encoded)), ctypes.byref(error)) < 0:
        raise Failed(_library.message(_lib, error))
    selects = _lib.tk_query_gives(parsed) == 0
    _lib.tk_query_free(parsed)
    said = _ask("tracecat", ["--spans", "--to=rows"] if selects else ["--json"], {"query": text, **options}, paths)
    return [json.loads(line) for line in said.splitlines()]


def replay(paths, config=None, **options):
    """What a sampling configuration keeps of dumps, as sample.schema.json has it; options: those of tracesample."""
    return json.loads(_ask("tracesample", ["--report-only", "--json"], {"config": config, **options}, paths))


def cost(paths=None, **options):
    """What traces weigh and what keeping them costs, as cost.schema.json has it; options: those of tracecost.

    Without paths rate, spans and span_bytes say what arrives.
    """
    return json.loads(_ask("tracecost", ["--json"], options, paths))


def diff(paths=None, **options):
    """Why slow traces are slow, as diff.schema.json has it; options: those of tracediff, as a= and b= for two sets."""
    return json.loads(_ask("tracediff", ["--json"], options, paths))
