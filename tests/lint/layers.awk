# Reads C sources and headers (paths relative to the top of the tree), prints each include that breaks a rule.
# -v rule=levels|formats|third_party

function folder_of(path,    parts) {
    split(path, parts, "/")
    return parts[1] == "cmd" ? "cmd" : parts[3] == "" ? "api" : parts[2]
}

# The folder of lib/format that a file is in; "table" for the table itself.
function family_of(path,    parts, n) {
    n = split(path, parts, "/")
    if (parts[1] != "lib" || parts[2] != "format")
        return ""
    return n > 3 ? parts[3] : "table"
}

BEGIN {
    split("tracekit api base io model report analyze judge field expr format view arrow run sample cost compare public check cli cmd", names, " ")
    split("-1 0 1 2 3 3 4 5 5 6 7 8 9 9 10 10 10 11 11 12 13", numbers, " ")
    for (i in names)
        level[names[i]] = numbers[i]
    # What every format may use: the seam, recognising, cutting, the cursors, what travels beside.
    n = split("codec detect cut js pb thrift proto lossless", names, " ")
    for (i = 1; i <= n; i++)
        shared[names[i]] = 1
    # C17 and POSIX; anything else in angle brackets is a third party's.
    n = split("assert ctype errno fenv float inttypes iso646 limits locale math setjmp signal stdalign stdarg " \
              "stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string strings tgmath threads time uchar " \
              "wchar wctype dirent dlfcn fcntl fnmatch getopt glob langinfo libgen poll pthread pwd sched " \
              "semaphore spawn stdio_ext sysexits termios unistd utime wordexp " \
              "arpa/inet sys/ioctl sys/mman sys/random sys/resource sys/select sys/socket sys/stat sys/statvfs " \
              "sys/syscall sys/time sys/types sys/uio sys/un sys/wait " \
              "arm_neon cpuid emmintrin immintrin smmintrin tmmintrin x86intrin", names, " ")
    for (i = 1; i <= n; i++)
        system_header[names[i] ".h"] = 1
}

/^[ \t]*#[ \t]*include/ {
    here = FILENAME ":" FNR ": "
    folder = folder_of(FILENAME)
    name = $0
    sub(/^[ \t]*#[ \t]*include[ \t]*/, "", name)
    angle = substr(name, 1, 1) == "<"
    sub(/^[<"]/, "", name)
    sub(/[>"].*/, "", name)

    if (rule == "third_party") {
        if (!angle || name in system_header)
            next
        if (name in home && home[name] != folder)
            print here "<" name "> is included in " home[name] " already; one folder wraps it"
        home[name] = folder
        next
    }
    if (angle)
        next
    if (rule == "levels") {
        if (!(folder in level)) {
            print here "the folder " folder " has no level"
            next
        }
        if (name !~ /\//) {
            own = FILENAME
            sub(/[^\/]*$/, "", own)
            if (name == "tracekit.h" || (folder == "cmd" && (getline line < (own name)) >= 0)) {
                close(own name)
                next
            }
            print here "\"" name "\" is not written relative to lib/"
            next
        }
        target = "lib/" name
        sub(/\.pb-c\.h$/, ".proto", target) # generated
        if ((getline line < target) < 0)
            print here "lib/" name " does not exist"
        close(target)
        other = folder_of(target)
        if (other != folder && !(other in level && level[other] < level[folder]))
            print here folder " (level " level[folder] ") includes " other " (level " level[other] ")"
    }
    if (rule == "formats" && name ~ /^format\// && folder == "format") {
        mine = family_of(FILENAME)
        theirs = family_of("lib/" name)
        # The table names them all, and is asked who reads what lies inside or between; lossless carries OTLP's messages in other formats.
        if (theirs != mine && !(theirs in shared) && mine != "table" && theirs != "table" &&
            !(mine == "lossless" && theirs == "otlp"))
            print here "the format " mine " includes the format " theirs
    }
}
