#!/bin/sh
# The Debian packages: built from the source archive, without a complaint of lintian, installed into a root of their own and
# removed from it without a trace.  Takes minutes: make check-release.
cd "$(dirname "$0")/../.." || exit 1
. tests/lint/tap.sh

# holds NAME COMMAND...: the command succeeds, without a word.
holds() {
    name=$1
    shift
    if "$@" >/dev/null 2>&1; then pass "$name"; else fail "$name"; fi
}

for program in dpkg-buildpackage dh lintian; do
    command -v $program >/dev/null 2>&1 || { skip "Debian packages" "no $program: apt-get install dpkg-dev debhelper lintian" && finish && exit; }
done
version=$(cat VERSION)
name=tracekit-tools-$version
git -c tar.umask=0022 archive --format=tar --prefix="$name/" HEAD | gzip -9n >"$scratch/tracekit-tools_$version.orig.tar.gz"
build() {
    cd "$scratch" && tar -xzf tracekit-tools_*.orig.tar.gz && cd "$name" &&
        DEB_BUILD_OPTIONS="parallel=$(nproc) nocheck" dpkg-buildpackage -us -uc -b >"$scratch/log" 2>&1
}
(build) || tail -n 5 "$scratch/log" | comment
holds "packages are built" ls "$scratch"/*.changes
lintian --fail-on error,warning "$scratch"/*.changes 2>&1 | grep -E '^[EW]:' | clean "lintian has no complaint"

root=$scratch/root
mkdir -p "$root/var/lib/dpkg/updates" "$root/var/lib/dpkg/info" "$root/var/log"
: >"$root/var/lib/dpkg/status"
: >"$root/var/lib/dpkg/available"
inside() { dpkg --root="$root" --log=/dev/null --force-depends --force-not-root "$@"; }
rm -f "$scratch"/*-dbgsym_*.deb # for debuggers; they are no part of what is installed and removed here
holds "they are installed" inside -i "$scratch"/*tracekit*.deb
# Bold letters are printed twice.
opens() { gzip -dc "$1" | mandoc -Tutf8 | sed "s/.$(printf '\b')//g" | grep -q '^NAME$'; }
for man in man1/tracecat.1 man1/tracediff.1 man7/tracekit.7 man3/libtracekit.3; do
    holds "$man opens" opens "$root/usr/share/man/$man.gz"
done
holds "bash completes" bash -c '. "$1" && complete -p tracecat' - "$root/usr/share/bash-completion/completions/tracecat"
holds "a dump is read" env LD_LIBRARY_PATH="$(dirname "$(find "$root" -name 'libtracekit.so.0')")" \
    "$root/usr/bin/tracecat" --stats testdata/shop/collector-proto.bin
holds "they are removed" inside --purge tracekit-tools libtracekit-dev libtracekit0
find "$root/usr" "$root/etc" ! -type d 2>/dev/null | clean "nothing of them stays"
finish
