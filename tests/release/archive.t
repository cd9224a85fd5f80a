#!/bin/sh
# The binary archive: the same bytes from two builds in different folders, and commands that run on a root without anything
# else.  Takes minutes: make check-release.
cd "$(dirname "$0")/../.." || exit 1
. tests/lint/tap.sh

# holds NAME COMMAND...: the command succeeds, without a word.
holds() {
    name=$1
    shift
    if "$@" >/dev/null 2>&1; then pass "$name"; else fail "$name"; fi
}

version=$(cat VERSION)
git -c tar.umask=0022 archive --format=tar --prefix="tracekit-tools-$version/" HEAD | gzip -9n >"$scratch/source.tar.gz"
for folder in one another/and-deeper; do
    tools/release.sh "$scratch/source.tar.gz" "$scratch/$folder" >"$scratch/log" 2>&1 || fail "an archive is made: $(tail -n 3 "$scratch/log")"
done
(cd "$scratch/one" && cat ./*.sha256) >"$scratch/sums"
(cd "$scratch/another/and-deeper" && sha256sum --quiet -c "$scratch/sums") 2>&1 | clean "two builds in different folders give the same bytes"

root=$scratch/root
mkdir "$root"
tar -xzf "$scratch"/one/*.tar.gz -C "$root" --strip-components=1
(cd "$root" && sha256sum --quiet -c SHA256SUMS) 2>&1 | clean "the sums in the archive are those of its files"
cp testdata/shop/collector-proto.bin "$root"
for file in "$root"/bin/*; do
    holds "${file##*/} needs no library" sh -c 'file -L "$1" | grep -q "statically linked"' - "$file"
done
if [ "$(id -u)" = 0 ]; then
    bare() { chroot "$root" "$@"; }
    says() { # TEXT COMMAND...
        text=$1
        shift
        bare "$@" | grep -q "$text"
    }
    for name in $TK_CMDS; do
        holds "$name runs on a bare root" says "^$name (tracekit) $version\$" "/bin/$name" --version
    done
    holds "a dump is read there" says '^spans  *2,583 in 233 traces' /bin/tracecat --stats /collector-proto.bin
    holds "slow traces are explained there" says 'were slow' /bin/tracediff /collector-proto.bin
    holds "a page is written there" bare /bin/tracecat -o /page.html /collector-proto.bin
    holds "the page is whole" grep -q '</html>' "$root/page.html"
else
    skip "commands run on a bare root" "only root may change the root"
fi
find "$root/share/man" -name '*.[1-8]' -exec mandoc -Tlint -W error {} + 2>&1 | clean "the manuals of the archive open"
holds "the bill of materials is there" grep -q '"spdxVersion": "SPDX-2.3"' "$root/tracekit.spdx.json"
finish
