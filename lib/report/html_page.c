#include "base/text.h"
#include "report/html.h"

static const char common[] =
    ":root { color-scheme: light dark; --back: #fff; --fore: #1c1e21; --dim: #667; --line: #d8dbe0; --at: #e8f0fe;\n"
    "  --bad: #c0142b; --mark: #4a7fd4; --panel: #f6f7f9; }\n"
    "@media (prefers-color-scheme: dark) { :root { --back: #16181c; --fore: #e3e5e8; --dim: #9aa0aa; --line: #34383f;\n"
    "  --at: #243247; --mark: #6f9fe8; --bad: #ff6b7d; --panel: #1e2126; } }\n"
    "* { box-sizing: border-box; }\n"
    "body { margin: 0; background: var(--back); color: var(--fore); font: 14px/1.45 system-ui, sans-serif; }\n"
    "main { max-width: 70em; margin: 0 auto; padding: 1em 1.5em 3em; }\n"
    "h1 { font-size: 1.25em; margin: 0; } h2 { font-size: 1.1em; } h3 { font-size: 1em; margin: .8em 0 .2em; }\n"
    "code, pre, .number, td.id { font-family: ui-monospace, monospace; font-size: .93em; }\n"
    "pre { white-space: pre-wrap; overflow-wrap: anywhere; }\n"
    ".verdict { font-weight: 600; } .dim { color: var(--dim); } .bad { color: var(--bad); }\n"
    "table { border-collapse: collapse; } th { text-align: left; font-weight: 600; }\n"
    "th, td { padding: .15em .7em .15em 0; vertical-align: top; border-bottom: 1px solid var(--line); }\n"
    ".number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }\n"
    ".range { white-space: nowrap; }\n"
    ".wide { overflow-x: auto; } .wide + .wide { margin-top: 1em; } p:not(.verdict) + .in { margin-left: 1.2em; }\n"
    "svg { font: 11px system-ui, sans-serif; max-width: 100%; } svg text { fill: var(--fore); }\n"
    "svg .fast { fill: #3b78c2; } svg .slow { fill: #c9503c; } svg .line { stroke: var(--line); }\n"
    "svg .span { fill: var(--line); } svg .work { fill: #3b78c2; } svg .dark { fill: #c9503c; }\n"
    ".bar { display: inline-block; height: .7em; margin-right: .6em; background: var(--mark); min-width: 1px; }\n"
    ".beside { display: inline-block; min-width: 4.5em; }\n";

void tki_html_text(struct tki_buf *to, tk_str s)
{
    struct tki_buf shown = {0};
    tki_buf_visible(&shown, s);
    for (size_t i = 0; i < shown.n; i++)
        switch (shown.p[i]) {
        case '<': tki_buf_lit(to, "&lt;"); break;
        case '>': tki_buf_lit(to, "&gt;"); break;
        case '&': tki_buf_lit(to, "&amp;"); break;
        case '"': tki_buf_lit(to, "&quot;"); break;
        case '\'': tki_buf_lit(to, "&#39;"); break;
        default: tki_buf_putc(to, shown.p[i]);
        }
    if (shown.err)
        to->err = shown.err;
    tki_buf_free(&shown);
}

void tki_html_json(struct tki_buf *to, tk_str json)
{
    for (size_t i = 0; i < json.n; i++)
        if (json.p[i] == '<')
            tki_buf_lit(to, "\\u003c");
        else
            tki_buf_putc(to, json.p[i]);
}

void tki_html_begin(struct tki_buf *to, tk_str title, const char *style, const char *body)
{
    tki_buf_lit(to, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                    "<meta name=\"viewport\" content=\"width=device-width\">\n"
                    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                    "style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\">\n"
                    "<link rel=\"icon\" href=\"data:,\">\n<title>");
    tki_html_text(to, title);
    tki_buf_lit(to, "</title>\n<style>\n");
    tki_buf_put(to, common, sizeof common - 1);
    tki_buf_str(to, tki_str(style));
    tki_buf_printf(to, "</style>\n</head>\n<body%s%s%s>\n", body ? " class=\"" : "", body ? body : "",
                   body ? "\"" : "");
}

void tki_html_end(struct tki_buf *to)
{
    tki_buf_lit(to, "</body>\n</html>\n");
}
