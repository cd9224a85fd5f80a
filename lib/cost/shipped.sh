#!/bin/sh
# shipped.sh FILE.json... - writes C that holds the bytes of the files, by the names of their backends.
set -eu
echo '#include "cost/backend.h"'
n=0
for f; do
  echo "static const unsigned char text_$n[] = {"
  od -An -v -tu1 "$f" | sed 's/  *\([0-9]\)/\1/; s/  *\([0-9][0-9]*\)/,\1/g; s/$/,/'
  echo '};'
  n=$((n + 1))
done
echo 'const struct tki_shipped tki_shipped_backends[] = {'
n=0
for f; do
  name=${f##*/}
  echo "{\"${name%.json}\", text_$n, sizeof text_$n},"
  n=$((n + 1))
done
echo '{0, 0, 0}};'
