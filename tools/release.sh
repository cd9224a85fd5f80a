#!/bin/sh
# The binary archive of a source archive: static commands, manuals, completions, schemas, prices, examples, the bill of
# materials, and the sums of all of it.  The same source and the same installed libraries give the same bytes, in any folder.
#
#   tools/release.sh SOURCE.tar.gz OUT       OUT/NAME-linux-ARCH.tar.gz, .sha256, .spdx.json
#
# CC, PKG_CONFIG, STRIP and MAKE are those of the environment: a cross compiler makes an archive for its machine.
set -eu
[ $# = 2 ] || { echo "usage: tools/release.sh SOURCE.tar.gz OUT" >&2 && exit 2; }
source=$1 out=$2
: "${CC:=cc}" "${PKG_CONFIG:=pkg-config}" "${STRIP:=strip}" "${MAKE:=make}" "${JOBS:=$(nproc)}"
LC_ALL=C TZ=UTC
export LC_ALL TZ
umask 022

mkdir -p "$out"
out=$(cd "$out" && pwd)
work=$(mktemp -d "$out/work.XXXXXX")
trap 'rm -rf "$work"' EXIT
gzip -dc "$source" | tar -xf - -C "$work"
name=$(ls "$work")
# What the commit's archive says of its time.
stamp=$(stat -c %Y "$work/$name/VERSION")
machine=$($CC -dumpmachine)
made=$name-linux-${machine%%-*}
stage=$work/$made

# Without debugging information, so that no path of the build is in it.
"$MAKE" -C "$work/$name" -j"$JOBS" install-static DESTDIR="$stage" PREFIX= CC="$CC" PKG_CONFIG="$PKG_CONFIG" CFLAGS=-O2 SILENT=1 >&2
"$STRIP" "$stage"/bin/*
for file in README.md LICENSE CHANGELOG.md VERSION; do cp "$work/$name/$file" "$stage"; done

# A static command holds these.  The licences are those of the parts that are linked.
bill() {
    version=$(cat "$stage/VERSION")
    time=$(date -u -d "@$stamp" +%Y-%m-%dT%H:%M:%SZ)
    cat <<END
{
  "spdxVersion": "SPDX-2.3",
  "dataLicense": "CC0-1.0",
  "SPDXID": "SPDXRef-DOCUMENT",
  "name": "$made",
  "documentNamespace": "https://spdx.org/spdxdocs/$made-$(sha256sum <"$source" | cut -c1-32)",
  "creationInfo": { "created": "$time", "creators": ["Tool: tracekit-release"] },
  "documentDescribes": ["SPDXRef-tracekit"],
  "packages": [
    { "SPDXID": "SPDXRef-tracekit", "name": "tracekit", "versionInfo": "$version", "downloadLocation": "NOASSERTION",
      "filesAnalyzed": false, "licenseConcluded": "Apache-2.0", "licenseDeclared": "Apache-2.0", "copyrightText": "NOASSERTION" }
END
    linked | while read -r part version licence; do
        printf '    , { "SPDXID": "SPDXRef-%s", "name": "%s", "versionInfo": "%s", "downloadLocation": "NOASSERTION",\n' "$part" "$part" "$version"
        printf '      "filesAnalyzed": false, "licenseConcluded": "NOASSERTION", "licenseDeclared": "%s", "copyrightText": "NOASSERTION" }\n' "$licence"
    done
    printf '  ],\n  "relationships": [\n'
    printf '    { "spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-tracekit" }'
    linked | while read -r part _; do
        printf ',\n    { "spdxElementId": "SPDXRef-tracekit", "relationshipType": "STATIC_LINK", "relatedSpdxElement": "SPDXRef-%s" }' "$part"
    done
    printf '\n  ]\n}\n'
}

# PART VERSION LICENCE
linked() {
    while read -r part package licence; do
        case $package in
        -) version=NOASSERTION ;;
        *) version=$($PKG_CONFIG --modversion "$package") ;;
        esac
        echo "$part $version $licence"
    done <<'END'
jansson jansson MIT
zstd libzstd BSD-3-Clause
zlib zlib Zlib
liblzma liblzma LicenseRef-public-domain
lz4 liblz4 BSD-2-Clause
libyaml yaml-0.1 MIT
pcre2 libpcre2-8 BSD-3-Clause
xxhash libxxhash BSD-2-Clause
nettle nettle LGPL-3.0-or-later
protobuf-c libprotobuf-c BSD-2-Clause
bzip2 - bzip2-1.0.6
glibc - LGPL-2.1-or-later
END
}

bill >"$stage/tracekit.spdx.json"
(cd "$stage" && find . -type f ! -name SHA256SUMS | sed 's|^\./||' | sort | xargs sha256sum >SHA256SUMS)
tar -C "$work" --sort=name --mtime="@$stamp" --owner=0 --group=0 --numeric-owner --format=ustar -cf - "$made" | gzip -9n >"$out/$made.tar.gz"
cp "$stage/tracekit.spdx.json" "$out/$made.spdx.json"
# Recipes of other packagers, for this version; the formula also says where the source archive lies.
fill() {
    sed -e "s|@VERSION@|$(cat "$stage/VERSION")|;s|@URL@|${RELEASE_URL:-}|;s|@SHA256@|$(sha256sum <"$source" | cut -c1-64)|" \
        "$work/$name/contrib/packages/$1.in" >"$out/$1"
}
fill tracekit-tools.spec
if [ -n "${RELEASE_URL:-}" ]; then fill tracekit-tools.rb; else echo "RELEASE_URL is not set: no formula for Homebrew" >&2; fi
(cd "$out" && sha256sum "$made.tar.gz" "$made.spdx.json" >"$made.sha256")
echo "$out/$made.tar.gz"
