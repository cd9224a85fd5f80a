#!/bin/sh
# What must not show in the output: the number of threads, compression, where reads end, the limit of memory.
. "${TRACEKIT_TOP:?}/tests/prop/prop.sh"

for file in $captures; do
    for to in $written; do
        tracecat -@ 0 -t $to "$testdata/$file" >"$scratch/want" 2>"$scratch/notes"
        same=$?
        for threads in 1 2 4; do
            tracecat -@ $threads -t $to "$testdata/$file" 2>"$scratch/other" | cmp -s - "$scratch/want" || same=1
            cmp -s "$scratch/other" "$scratch/notes" || same=1
        done
        [ $same = 0 ] && [ -s "$scratch/want" ]
        check "$file to $to: the same bytes with 0, 1, 2 and 4 threads"
    done
done

for file in $captures; do
    case $file in compressed/* | *.gz) continue ;; esac
    tracecat "$testdata/$file" >"$scratch/want" 2>/dev/null
    zstd -qc "$testdata/$file" >"$scratch/x.zst" && tracecat "$scratch/x.zst" 2>/dev/null | cmp -s - "$scratch/want"
    check "$file: zstd of it reads as it"
    gzip -c "$testdata/$file" >"$scratch/x.gz" && tracecat "$scratch/x.gz" 2>/dev/null | cmp -s - "$scratch/want"
    check "$file: gzip of it reads as it"
    zstd -qc "$scratch/x.gz" >"$scratch/x.gz.zst" && tracecat "$scratch/x.gz.zst" 2>/dev/null | cmp -s - "$scratch/want"
    check "$file: both, one in the other, read as it"
done

for file in $captures; do
    tracecat "$testdata/$file" >"$scratch/want" 2>/dev/null
    same=0
    for round in 1 2 3; do
        random 1000000
        tool_drip "$drawn" "$testdata/$file" | tracecat -@ $((round - 1)) 2>/dev/null | cmp -s - "$scratch/want" ||
            { same=1 && echo "# tool_drip $drawn"; }
    done
    [ $same = 0 ]
    check "$file: the same bytes from a pipe, however it is split"
done

for file in $captures; do
    tracecat --group "$testdata/$file" >"$scratch/want" 2>/dev/null
    same=$?
    for memory in 1 20KB 500KB; do
        tracecat --group --memory $memory "$testdata/$file" 2>/dev/null | cmp -s - "$scratch/want" || same=1
    done
    [ $same = 0 ] && [ -s "$scratch/want" ]
    check "$file: grouped the same with little memory"
done
finish
