# Prints functions that take the bytes of a buffer of their own without asking for its error: what is missing would not
# be noticed.  tki_buf_text takes both.
FNR == 1 || /^}/ {
    for (name in used)
        if (!(name in asked))
            print file ":" used[name] ": " name
    delete buffers
    delete used
    delete asked
    file = FILENAME
}
match($0, /struct tki_buf [a-z]/) && !/struct tki_buf \*/ && !/\(.*struct tki_buf/ {
    rest = substr($0, RSTART + length("struct tki_buf "))
    gsub(/\{[^}]*\}/, "", rest)
    n = split(rest, part, /[,;]/)
    for (i = 1; i <= n; i++) {
        sub(/=.*/, "", part[i])
        gsub(/[ \t]/, "", part[i])
        if (part[i] ~ /^[a-z_]+$/)
            buffers[part[i]] = 1
    }
}
{
    for (name in buffers) {
        if (index($0, "{" name ".p, " name ".n}") || index($0, "(" name ".p, 1, " name ".n"))
            used[name] = FNR
        if (index($0, name ".err") || index($0, "tki_buf_text(&" name ","))
            asked[name] = 1
    }
}
