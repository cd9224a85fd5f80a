# Puts behind each command of a document what it prints.
#   -v kind=md|mdoc   what the document is
#   -v room=FOLDER    where commands run
#   -v shell=COMMAND  what runs the file .command there
#   -v lines=N        of longer output the first N are shown, and how many more there are
# The marks are those of tests/lint/README: a block "```sh run" of Markdown; in a manual lines "$ command" of a literal display,
# whose other lines are what it prints.  A command goes on behind a backslash or a bar, and on lines that begin with "> ".

function shell_of(text) { # what the shell gets of a line of a manual
    if (kind == "mdoc") {
        gsub(/\\&/, "", text)
        gsub(/\\\(aq/, "'", text)
        gsub(/\\-/, "-", text)
        gsub(/\\e/, "\\", text)
    }
    return text
}

function put(text) { # a line of output, as the document writes text
    sub(/\r$/, "", text)
    gsub(/\t/, "        ", text)
    if (length(text) > 160)
        text = substr(text, 1, 160) "..."
    gsub(/[\001-\037]/, "?", text)
    if (kind == "mdoc") {
        gsub(/\\/, "\\e", text)
        if (text ~ /^[.']/)
            text = "\\&" text
        if (text == "")
            text = "\\&"
    }
    print text
}

function run(    text, n, more, line) {
    text = command
    command = ""
    sub(/[ \t]+# .*$/, "", text)
    print text > (room "/.command")
    close(room "/.command")
    system("cd '" room "' && " shell " >.printed 2>&1 </dev/null")
    while ((getline line < (room "/.printed")) > 0)
        if (++n <= lines)
            put(line)
        else
            more++
    close(room "/.printed")
    if (more)
        put("... (" more " more line" (more > 1 ? "s" : "") ")")
}

# Takes a line of a command in; runs it when it is whole.
function take(text) {
    command = command (command == "" ? "" : "\n") shell_of(text)
    open = command ~ /(\\|\|)$/
    if (!open)
        run()
}

kind == "md" && /^```sh run/ { inside = 1; print "```text"; next }
kind == "md" && inside && /^```/ { inside = 0; print; next }
kind == "md" && inside && open { print "> " $0; take($0); next }
kind == "md" && inside && /^$/ { print; next }
kind == "md" && inside { print "$ " $0; take($0); next }

kind == "mdoc" && /^\.Bd -literal/ { inside = 1 }
kind == "mdoc" && /^\.Ed/ { inside = shown = 0 }
kind == "mdoc" && inside && open { print; sub(/^> /, ""); take($0); next }
kind == "mdoc" && inside && /^\$ / { print; shown = 1; take(substr($0, 3)); next }
kind == "mdoc" && shown { next } # the manual's own words for what is printed
{ print }
