# Three gRPC frames compressed with gzip; the second becomes 80 MB.
frame() {
    gzip -nc >frame.gz
    size=$(wc -c <frame.gz)
    # shellcheck disable=SC2059 # the octal digits of the size are the format
    printf "\\001\\000$(printf '\\%03o\\%03o\\%03o' $((size >> 16)) $((size >> 8 & 255)) $((size & 255)))"
    cat frame.gz
}
before='{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"' after='"}]}]}]}'
printf '%sa%s' "$before" "$after" | frame
{ printf %s "$before"; head -c 80000000 /dev/zero | tr '\0' b; printf %s "$after"; } | frame
printf '%sc%s' "$before" "$after" | frame
