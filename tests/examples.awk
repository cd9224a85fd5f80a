# Takes the examples out of a document and writes each as a step into the folder `to`:
#   N.cmd   a command line as typed            N.out  what it prints, where the document shows it
#   N.exit  the exit status it announces       N.line where it stands
#   N.file  the name of a file, N.text its text
# -v to=FOLDER -v kind=md|man; a manual comes as `mandoc -T ascii` renders it.  Prints the number of steps.

function path(suffix) { return to "/" sprintf("%03d", n) "." suffix }

function begin_command(text) {
    n++
    state = "command"
    blank = ""
    print FNR > path("line")
    command = text
    more()
}

# A command goes on on the next line after a backslash or a bar, and on lines that begin with the shell's
# second prompt, "> ".
function more(    text, status) {
    if (command ~ /(\\|\|)$/) {
        state = "command"
        return
    }
    text = command
    if (match(text, /[ \t]+# exit [0-9]+$/)) {
        status = substr(text, RSTART, RLENGTH)
        text = substr(text, 1, RSTART - 1)
        sub(/.*# exit /, "", status)
        print status > path("exit")
    }
    sub(/[ \t]+# .*$/, "", text)
    print text > path("cmd")
    close(path("cmd"))
    state = "output"
    printed = 0
}

function go_on(text) {
    sub(/^> /, "", text)
    command = command "\n" text
    more()
}

function begin_file(name) {
    n++
    state = "file"
    blank = ""
    print FNR > path("line")
    print name > path("file")
    printf "" > path("text")
}

# Empty lines count only when something follows them.
function put(suffix, text) {
    if (text == "") {
        blank = blank "\n"
        return
    }
    printf "%s%s\n", blank, text > path(suffix)
    printed = 1
    blank = ""
}

# A file shown in a manual names itself in its first line: "/* spans.c - ... */", "# policy.yaml".
function file_name(text) {
    return match(text, /^(\/\*|#) [A-Za-z0-9_-]+\.(c|yaml|json|sh|checks)( |$)/) ? \
        substr(text, index(text, " ") + 1, RLENGTH - index(text, " ") - (substr(text, RLENGTH, 1) == " ")) : ""
}

BEGIN { state = ""; n = 0 }

kind == "md" && /^```/ {
    if (inside) {
        inside = 0
        state = ""
    } else {
        inside = 1
        state = ""
        prompts = 0
        if ($0 ~ /^```[a-z]+ run *$/)
            state = $0 ~ /^```console/ ? "prompt" : "script"
        else if ($0 ~ /^```[a-z]+ [A-Za-z0-9_.-]+\.[a-z]+ *$/)
            begin_file($2)
    }
    next
}
kind == "md" {
    if (state == "command") {
        go_on($0)
        if (state == "output" && !prompts)
            state = "script"
    } else if (state == "file") {
        put("text", $0)
    } else if (state == "script" && $0 !~ /^[ \t]*(#.*)?$/) {
        prompts = 0
        begin_command($0)
        if (state == "output")
            state = "script"
    } else if ((state == "prompt" || state == "output") && $0 ~ /^\$ /) {
        prompts = 1
        begin_command(substr($0, 3))
    } else if (state == "output" && !printed && $0 ~ /^> /) {
        go_on($0)
    } else if (state == "output") {
        put("out", $0)
    }
    next
}

# A manual: only the section EXAMPLES, whose headings stand in the first column.
/^[A-Z]/ { inside = $0 == "EXAMPLES"; state = "" }
!inside { next }
{
    match($0, /^ */)
    indent = RLENGTH
    text = substr($0, indent + 1)
}
state == "command" || (state == "output" && !printed && text ~ /^> /) {
    go_on(text)
    next
}
text != "" && state != "" && indent < margin { state = "" }
text ~ /^\$ / {
    margin = indent
    begin_command(substr(text, 3))
    next
}
state == "" && file_name(text) != "" {
    margin = indent
    begin_file(file_name(text))
}
state == "file" { put("text", text == "" ? "" : substr($0, margin + 1)) }
state == "output" { put("out", text == "" ? "" : substr($0, margin + 1)) }
END { print n }
