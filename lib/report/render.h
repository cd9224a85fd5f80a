/* render.h - writing a document (document.h) in one of the ways there are.
 *
 *   text      for people, at the width of a terminal
 *   json      {"format": "tracekit.NAME", "version": N, ...}: schema/NAME.schema.json
 *   tsv       the main table: a header of keys, a line a row, bare values.  A document without one: a line for each
 *             value of the JSON, with its name such as services.0.spans
 *   csv       the same between commas, as RFC 4180 quotes it: for spreadsheets
 *   md        Markdown as GitHub and GitLab show it
 *   html      a page that needs nothing but itself
 *   tap       the findings, for test harnesses (TAP version 13)
 *   junit     likewise, JUnit's XML
 *   sarif     likewise, SARIF 2.1.0 for code scanning
 *   github    likewise, annotations of GitHub Actions
 */
#ifndef TKI_REPORT_RENDER_H
#define TKI_REPORT_RENDER_H

#include "report/document.h"

enum tki_rendering {
    TKI_RENDER_TEXT,
    TKI_RENDER_JSON,
    TKI_RENDER_TSV,
    TKI_RENDER_CSV,
    TKI_RENDER_MARKDOWN,
    TKI_RENDER_HTML,
    TKI_RENDER_TAP,
    TKI_RENDER_JUNIT,
    TKI_RENDER_SARIF,
    TKI_RENDER_GITHUB,
    TKI_RENDERINGS
};
/* "text", "json", "tsv", "csv", "md", "html", "tap", "junit", "sarif", "github", NULL. */
extern const char *const tki_rendering_names[TKI_RENDERINGS + 1];

/* Appends the document.  width: columns of the text, 0: no limit.  Returns 0, or TK_ENOMEM with nothing appended: a
 * document that lacks something is never written. */
int tki_doc_render(const struct tki_doc *d, enum tki_rendering how, size_t width, struct tki_buf *to);

#endif
