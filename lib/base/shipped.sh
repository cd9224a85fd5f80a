#!/bin/sh
# shipped.sh TABLE FILE... - writes C that holds the bytes of data files, by their names without an ending, as TABLE
# (lib/base/shipped.h).
set -eu
table=$1
shift
echo '#include "base/shipped.h"'
n=0
for f; do
  echo "static const unsigned char text_$n[] = {"
  od -An -v -tu1 "$f" | sed 's/  *\([0-9]\)/\1/; s/  *\([0-9][0-9]*\)/,\1/g; s/$/,/'
  echo '};'
  n=$((n + 1))
done
echo "const struct tki_shipped $table[] = {"
n=0
for f; do
  name=${f##*/}
  echo "{\"${name%.*}\", text_$n, sizeof text_$n},"
  n=$((n + 1))
done
echo '{0, 0, 0}};'
