#include "report/render.h"

#include "report/parts.h"

const char *const tki_rendering_names[TKI_RENDERINGS + 1] = {"text", "json",  "tsv",   "csv",    "md", "html",
                                                             "tap",  "junit", "sarif", "github", NULL};

int tki_doc_render(const struct tki_doc *d, enum tki_rendering how, size_t width, struct tki_buf *to)
{
    size_t start = to->n;
    if (d->err || to->err)
        return TK_ENOMEM;
    switch (how) {
    case TKI_RENDER_TEXT: tki_doc_text(d, width, to); break;
    case TKI_RENDER_JSON: tki_doc_json(d, to); break;
    case TKI_RENDER_TSV: tki_doc_tsv(d, to); break;
    case TKI_RENDER_CSV: tki_doc_csv(d, to); break;
    case TKI_RENDER_MARKDOWN: tki_doc_markdown(d, to); break;
    case TKI_RENDER_HTML: tki_doc_html(d, to); break;
    case TKI_RENDER_TAP: tki_doc_tap(d, to); break;
    case TKI_RENDER_JUNIT: tki_doc_junit(d, to); break;
    case TKI_RENDER_SARIF: tki_doc_sarif(d, to); break;
    case TKI_RENDER_GITHUB: tki_doc_github(d, to); break;
    case TKI_RENDERINGS: break;
    }
    if (!to->err)
        return 0;
    to->n = start;
    return TK_ENOMEM;
}
