#!/bin/sh
# What the README and the manuals show is run.
cd "$(dirname "$0")/../.." || exit 1
set --
for document in README.md man/*.[1-8]; do
    [ -e "$document" ] && set -- "$@" "$document"
done
exec tests/check-examples "$@"
