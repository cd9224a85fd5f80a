#!/bin/sh
# Compresses parts of the other folders' captures with the real tools. Usage: make.sh (after the other folders' make.sh)
set -eu
cd "$(dirname "$0")"
lines=../shop/tail-kept.jsonl
middle() { # file: an offset in the middle of the document, in the middle of a token as likely as not
    echo $(($(wc -c <"$1") / 2))
}

# Two members, each with whole documents, the second made with another level.
{
    head -n 1 $lines | gzip -n -9
    sed -n 2p $lines | gzip -n -1
} >two-members.jsonl.gz

# Two members that share one document: the boundary lies inside it.
json=../jaeger/api-trace.json
{
    head -c "$(middle $json)" $json | gzip -n
    tail -c "+$(($(middle $json) + 1))" $json | gzip -n
} >split-document.json.gz

# A frame made by zstd with a checksum, a skippable frame and a frame made by pzstd (it writes the pair).
{
    head -n 1 $lines | zstd -q -19 --check
    sed -n 2p $lines | pzstd -q -p 2 -c
} >frames-and-skippable.jsonl.zst

# Two frames that share one document, without checksums and, coming from a pipe, without content sizes.
json=../zipkin/api-traces.json
{
    head -c "$(middle $json)" $json | zstd -q --no-check
    tail -c "+$(($(middle $json) + 1))" $json | zstd -q --no-check
} >split-document.json.zst

# OTLP protobuf as one ordinary zstd frame: what whole-object writers store.
zstd -q -f -19 ../sdk/python-otlp.bin -o otlp.bin.zst


# What people compress dumps with at hand.
head -n 2 $lines | xz -1 -c >lines.jsonl.xz
head -n 2 $lines | bzip2 -c >lines.jsonl.bz2
head -n 2 $lines | lz4 -q -c >lines.jsonl.lz4
