/* apm.h - Elastic APM: names of fields, and the cutter that carries metadata. */
#ifndef TKI_FORMAT_ELASTIC_APM_H
#define TKI_FORMAT_ELASTIC_APM_H

#include "format/cut.h"
#include "format/js/js.h"

/* The JSON cutter, with the last line of metadata before each piece as its prefix: results do not depend on where pieces
 * end. */
extern const struct tki_cutter tki_cut_apm;

/* The last line of metadata, which is a document whose first key is "metadata", among the documents of a text; n = 0:
 * none. */
tk_str tki_apm_last_metadata(tk_str text);

/* The name that OpenTelemetry has for a field, or the field's own; a view of a constant or of `path`. */
tk_str tki_apm_name(tk_str path);

/* Whether a field of an indexed document tells of the resource. */
bool tki_apm_of_resource(tk_str path);

#endif
