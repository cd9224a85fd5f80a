# Prints "LINES FILE:LINE NAME" for every function of the files given that has more than `most` lines, its
# braces included.  Relies on the house style: a function's braces stand alone in the first column.
FNR == 1 { begun = 0 }
/^[A-Za-z_].*\(/ && !/;[ \t]*$/ { name = $0; sub(/\(.*/, "", name); sub(/.*[ *]/, "", name) }
/^\{/ { begun = FNR }
/^\}/ {
    if (begun && FNR - begun + 1 > most)
        printf "%d %s:%d %s\n", FNR - begun + 1, FILENAME, begun, name
    begun = 0
}
