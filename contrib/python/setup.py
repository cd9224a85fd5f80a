"""A wheel for one platform and any Python 3: the library in it is loaded by ctypes."""

import os

from setuptools import Distribution, setup

try:
    from setuptools.command.bdist_wheel import bdist_wheel
except ImportError:
    from wheel.bdist_wheel import bdist_wheel


class Wheel(bdist_wheel):
    def get_tag(self):
        return "py3", "none", super().get_tag()[2]


class Binary(Distribution):
    def has_ext_modules(self):
        return True


setup(version=os.environ["TRACEKIT_VERSION"], distclass=Binary, cmdclass={"bdist_wheel": Wheel})
