"""A stream of Arrow record batches in a capsule, as the Arrow PyCapsule interface has it.

A capsule's destructor runs also while an exception is on its way, when a function of Python's must not: capsules have none
here.  They are kept instead, and looked at when the next one is made: of whoever nobody else knows, the stream is released.
"""

import ctypes
import sys
from ctypes import c_char_p, c_void_p

from ._library import ArrowArrayStream

NAME = b"arrow_array_stream"  # capsules keep the pointer

new_capsule = ctypes.pythonapi.PyCapsule_New
new_capsule.argtypes = [c_void_p, c_char_p, c_void_p]
new_capsule.restype = ctypes.py_object


class Kept:
    def __init__(self, stream):
        self.stream = stream
        self.capsule = new_capsule(ctypes.addressof(stream), NAME, None)

    def is_alone(self):
        return sys.getrefcount(self.capsule) == 2  # here, and as the argument

    def release(self):
        if self.stream.release:  # else the consumer has taken the stream
            self.stream.release(ctypes.byref(self.stream))


kept = []


def release_forgotten():
    gone = [one for one in kept if one.is_alone()]
    kept[:] = [one for one in kept if one not in gone]
    for one in gone:
        one.release()


def capsule_of(stream):
    """A capsule of an ArrowArrayStream.  Its consumer may take the stream out of it, and read on when it is gone."""
    assert isinstance(stream, ArrowArrayStream)
    release_forgotten()
    kept.append(Kept(stream))
    return kept[-1].capsule
