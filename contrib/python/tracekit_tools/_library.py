"""The shared library, by ctypes: the parts of tracekit.h that spans and queries need.

Structures are declared as the headers have them (tracekit/base.h, tracekit/io.h, tracekit/arrow.h); what stays while the
library is replaced by a newer one of the same soname is told in tracekit.h.
"""

import ctypes
import ctypes.util
import os
from ctypes import c_bool, c_char, c_char_p, c_int, c_int64, c_size_t, c_uint, c_uint32, c_uint64, c_void_p

HERE = os.path.dirname(os.path.abspath(__file__))
SONAME = "libtracekit.so.0"


class Str(ctypes.Structure):
    _fields_ = [("p", c_char_p), ("n", c_size_t)]


class Error(ctypes.Structure):
    _fields_ = [
        ("code", c_int),
        ("sys_errno", c_int),
        ("has_offset", c_bool),
        ("offset", c_uint64),
        ("record", c_uint64),
        ("source", c_char * 256),
        ("text", c_char * 384),
    ]


class ReadOptions(ctypes.Structure):
    _fields_ = [
        ("format", c_char_p),
        ("needs", c_uint),
        ("threads", c_uint),
        ("record_max", c_size_t),
        ("keep_going", c_bool),
        ("copy_proto", c_bool),
        ("proto_only", c_bool),
        ("attr_keys", c_void_p),
        ("nattr_keys", c_size_t),
        ("columns", c_char_p),
        ("rewindable", c_bool),
        ("work", c_void_p),
        ("work_free", c_void_p),
        ("work_ctx", c_void_p),
    ]


class ReadStats(ctypes.Structure):
    _fields_ = [(name, c_uint64) for name in ("bytes_read", "bytes", "records", "spans", "records_skipped")]


class ArrowArrayStream(ctypes.Structure):
    pass


RELEASE = ctypes.CFUNCTYPE(None, ctypes.POINTER(ArrowArrayStream))
ArrowArrayStream._fields_ = [
    ("get_schema", c_void_p),
    ("get_next", c_void_p),
    ("get_last_error", c_void_p),
    ("release", RELEASE),
    ("private_data", c_void_p),
]

AT_END = ctypes.CFUNCTYPE(None, c_void_p, c_void_p, c_void_p)


class ArrowOptions(ctypes.Structure):
    _fields_ = [
        ("facts", c_bool),
        ("rows_max", c_uint32),
        ("memory_max", c_size_t),
        ("tmpdir", c_char_p),
        ("at_end", AT_END),
        ("at_end_ctx", c_void_p),
    ]


def load():
    """The library beside this file, as a wheel has it; else the one that is installed."""
    beside = os.path.join(HERE, "lib", SONAME)
    path = os.environ.get("TRACEKIT_LIBRARY") or (beside if os.path.exists(beside) else SONAME)
    try:
        lib = ctypes.CDLL(path)
    except OSError as error:
        raise ImportError("%s: install tracekit, or name its library in TRACEKIT_LIBRARY" % error) from error
    lib.tk_version.restype = c_char_p
    lib.tk_err_format.argtypes = [ctypes.POINTER(Error), c_char_p, c_size_t]
    lib.tk_err_format.restype = None
    lib.tk_reader_open.argtypes = [
        ctypes.POINTER(c_void_p), ctypes.POINTER(c_char_p), c_size_t, ctypes.POINTER(ReadOptions), ctypes.POINTER(Error),
    ]  # fmt: skip
    lib.tk_reader_stats.argtypes = [c_void_p]
    lib.tk_reader_stats.restype = ctypes.POINTER(ReadStats)
    lib.tk_notes_next.argtypes = [
        c_void_p, ctypes.POINTER(c_size_t), ctypes.POINTER(c_int), ctypes.POINTER(c_uint64),
    ]  # fmt: skip
    lib.tk_note_text_of.argtypes = [c_int, c_uint64]
    lib.tk_note_text_of.restype = c_char_p
    lib.tk_reader_notes.argtypes = [c_void_p]
    lib.tk_reader_notes.restype = c_void_p
    lib.tk_arrow_stream.argtypes = [
        ctypes.POINTER(ArrowArrayStream), c_void_p, ctypes.POINTER(ArrowOptions), ctypes.POINTER(Error),
    ]  # fmt: skip
    lib.tk_query_parse.argtypes = [ctypes.POINTER(c_void_p), Str, ctypes.POINTER(Error)]
    lib.tk_query_gives.argtypes = [c_void_p]
    lib.tk_query_free.argtypes = [c_void_p]
    lib.tk_query_free.restype = None
    return lib


def message(lib, error):
    """A struct tk_err in words."""
    text = ctypes.create_string_buffer(ctypes.sizeof(Error) + 64)
    lib.tk_err_format(ctypes.byref(error), text, len(text))
    return text.value.decode(errors="replace")


def notes(lib, counted):
    """A struct tk_notes as pairs: how many, and of what."""
    at, note, count, found = c_size_t(0), c_int(0), c_uint64(0), []
    while lib.tk_notes_next(counted, ctypes.byref(at), ctypes.byref(note), ctypes.byref(count)) == 1:
        found.append((count.value, lib.tk_note_text_of(note, count).decode()))
    return found
