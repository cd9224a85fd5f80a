#!/bin/sh
# Words that mark something unfinished, and paths that exist on one machine only.
cd "$(dirname "$0")/../.." || exit 1
. tests/lint/tap.sh

# Files with one of the words in them as data are none of ours to change: captures and lists of dependencies.
find lib cmd man tests tools contrib bench completions Makefile README.md HACKING.md \
    -type f ! -path 'tests/lint/words.t' -print0 2>/dev/null |
    xargs -0 grep -nIwE 'TODO|FIXME|XXX|HACK|[Ss]tub(bed)?|[Nn]ot (yet )?implemented|[Uu]nimplemented|[Pp]laceholder' |
    cut -c1-160 | clean "nothing is marked as unfinished"

# Messages count as reports do, thousands separated: tki_msg_count and tki_count_format, no number of printf.
find cmd lib/cli -name '*.c' -exec awk '
    FNR == 1 { call = "" }
    call == "" && /tki_msg\(/ { call = $0; line = FNR }
    call != "" && FNR > line { call = call $0 }
    call != "" && /;$/ {
        if (call ~ /%(l*u|zu)|PRIu/)
            print FILENAME ":" line ": " call
        call = ""
    }' {} + | cut -c1-160 | clean "messages count through tki_msg_count"

grep -rnE 'tallies_print|buf_printf' lib/judge | grep -E '%(l*u)|PRIu' | grep -v 'h->text' |
    clean "findings count through TKI_COUNT"

# Absolute paths under a home, and under the folder that this checkout lies in.
above=$(dirname "$PWD" | sed 's/[].[*^$\\]/\\&/g')
pattern='(^|[^A-Za-z0-9_.~/-])/(root|home/[a-z]+|Users/[A-Za-z]+)/[A-Za-z0-9._]'
case $above in
/ | /usr | /tmp | /var | /opt | /srv | /root | /home/* | /Users/*) ;; # the first pattern has the last ones
*) pattern="$pattern|$above/" ;;
esac
all_files | grep -v '^./tests/lint/words.t$' >"$scratch/files"
{
    grep -vE '\.(gz|zst)$' "$scratch/files" | tr '\n' '\0' | xargs -0 grep -HaoE "$pattern"
    grep -E '\.(gz|zst)$' "$scratch/files" | while IFS= read -r file; do
        case $file in
        *.gz) gzip -dcq "$file" ;;
        *.zst) zstd -dcq "$file" ;;
        esac 2>/dev/null | grep -aoE "$pattern" | sed "s|^|$file:|"
    done
} | sort | uniq -c | clean "no path of one machine"
finish
