#!/bin/sh
# arm64.sh [GOAL...] - make, with a cross compiler, for machines with arm64: tools/arm64.sh check runs every test under
# qemu-user, so that the code for NEON is run and not only compiled.
#
# What it needs, on Debian or Ubuntu as root:
#
#   dpkg --add-architecture arm64 && apt-get update
#   apt-get install gcc-aarch64-linux-gnu qemu-user-binfmt binfmt-support LIBRARY-dev:arm64 ...
#
# It says which of them are missing and installs nothing: packages of another architecture change those that are there.
set -eu
cd "$(dirname "$0")/.."
target=aarch64-linux-gnu
libraries='jansson:libjansson-dev libzstd:libzstd-dev zlib:zlib1g-dev liblzma:liblzma-dev liblz4:liblz4-dev
yaml-0.1:libyaml-dev libpcre2-8:libpcre2-dev libxxhash:libxxhash-dev nettle:nettle-dev libprotobuf-c:libprotobuf-c-dev'
folder=build/arm64
mkdir -p $folder

missing=
lack() { missing="$missing $1"; }

# The libraries' files for pkg-config are those of the other architecture alone.
cat >$folder/pkg-config <<END
#!/bin/sh
PKG_CONFIG_LIBDIR=/usr/lib/$target/pkgconfig:/usr/share/pkgconfig exec pkg-config "\$@"
END
chmod +x $folder/pkg-config
command -v $target-gcc >/dev/null 2>&1 || lack gcc-$target
for library in $libraries; do
    $folder/pkg-config --exists "${library%%:*}" 2>/dev/null || lack "${library#*:}:arm64"
done
[ -e /usr/lib/$target/libbz2.so ] || lack libbz2-dev:arm64
if [ -z "$missing" ]; then
    echo 'int main(void) { return 7; }' >$folder/seven.c
    $target-gcc -o $folder/seven $folder/seven.c
    status=0
    $folder/seven 2>/dev/null || status=$?
    [ $status = 7 ] || lack "qemu-user-binfmt binfmt-support"
fi
if [ -n "$missing" ]; then
    echo "arm64: missing:$missing" >&2
    echo "arm64: as root: dpkg --add-architecture arm64 && apt-get update && apt-get install$missing" >&2
    exit 1
fi
exec "${MAKE:-make}" "$@" CC=$target-gcc PKG_CONFIG="$PWD/$folder/pkg-config" DEPS=no
