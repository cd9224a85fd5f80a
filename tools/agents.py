#!/usr/bin/env python3
"""Makes the table of user agents that UserAgent() of OTTL goes by: lib/expr/ottl/data/agents.tsv.

    agents.py RELEASE=yaml.go... >lib/expr/ottl/data/agents.tsv

Each yaml.go is uaparser/yaml.go of github.com/ua-parser/uap-go, which has regexes.yaml of ua-parser's uap-core inside:
the version that pkg/ottl of the collector requires (its go.mod says so) from this minor release on. The first one is
RELEASE 0. `go mod download -json github.com/ua-parser/uap-go@VERSION` says where the files are.

    agents.py 0=uap-go@v0.0.0-20240611065828-3a4781585db6/uaparser/yaml.go \\
              148=uap-go@v0.0.0-20251207011819-db9adb27a0b8/uaparser/yaml.go

Rows that several versions have stand once; the order is each version's own.
"""
import difflib
import sys

import yaml

HEAD = """\
# Which program, and which system, a user agent names: ua-parser's table, as uap-go has it (tools/agents.py makes this file).
# Copyright 2009 Google Inc. and the authors of uap-core and uap-go; Apache License, Version 2.0; no row was edited.
# Columns: agent or os; the collector's first minor release with this row, and its last one (0: no end); flags;
# expression; what takes the place of the name, and of the parts of the version (empty: the groups in their order).
"""
PARTS = {
    "agent": ("user_agent_parsers", ["family_replacement", "v1_replacement", "v2_replacement", "v3_replacement"], 4),
    "os": ("os_parsers", ["os_replacement"] + ["os_v%d_replacement" % i for i in range(1, 5)], 5),
}


def read(path):
    with open(path, encoding="utf-8") as f:
        text = f.read()
    return yaml.safe_load(text[text.index("`") + 1 : text.rindex("`")])


def rows_of(doc, kind):
    key, replaced, n = PARTS[kind]
    rows = []
    for entry in doc[key]:
        known = {"regex", "regex_flag", *replaced}
        if set(entry) - known:  # the collector's parser passes over keys that it does not know
            print("passed over:", sorted(set(entry) - known), file=sys.stderr)
        cells = [entry.get("regex_flag", ""), entry["regex"]] + [str(entry.get(k, "")) for k in replaced]
        assert not any("\t" in c or "\n" in c for c in cells) and len(cells) == n + 2
        rows.append(tuple(cells))
    return rows


def merged(versions, kind):
    """Rows with the releases in which they are there, in an order that is each version's."""
    first, doc = versions[0]
    rows = [[row, first, 0] for row in rows_of(doc, kind)]
    for since, doc in versions[1:]:
        new = rows_of(doc, kind)
        here = [i for i, r in enumerate(rows) if r[2] == 0]
        out, last = [], 0
        for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, [rows[i][0] for i in here], new, False).get_opcodes():
            upto = here[i2] if i2 < len(here) else len(rows)
            block = rows[last:upto]
            last = upto
            if tag != "equal":
                for r in block:
                    r[2] = r[2] or since - 1
            out += block
            if tag != "equal":
                out += [[row, since, 0] for row in new[j1:j2]]
        rows = out
        assert [r[0] for r in rows if r[2] == 0] == new
    return rows


def main():
    versions = []
    for arg in sys.argv[1:]:
        since, path = arg.split("=", 1)
        versions.append((int(since), read(path)))
    sys.stdout.write(HEAD)
    for kind in PARTS:
        for row, since, until in merged(versions, kind):
            print("\t".join([kind, str(since), str(until), *row]).rstrip("\t"))


main()
