#include "model/notes.h"

const char *tk_note_text(enum tk_note note)
{
    switch (note) {
    case TK_NOTE_ID_REPLACED:
        return "ids were not hexadecimal or base64 of the right length: replaced by a hash of their text";
    case TK_NOTE_ID_BASE64: return "ids were base64";
    case TK_NOTE_COUNT_NEGATIVE: return "negative dropped counts were taken as 0";
    case TK_NOTE_INT_RANGE: return "numbers that are no 64-bit integers, where one is due, were kept as doubles";
    case TK_NOTE_ENUM_RANGE: return "kinds or status codes beyond 255 were taken as unset";
    case TK_NOTE_UTF8_REPLACED: return "bytes of invalid UTF-8 were replaced by U+FFFD";
    case TK_NOTE_LATE_CONTEXT:
        return "fields of very large records came after spans already delivered and were not applied to them";
    case TK_NOTE_OTHER_LOGS: return "lists of logs were skipped: they are not traces";
    case TK_NOTE_OTHER_METRICS: return "lists of metrics were skipped: they are not traces";
    case TK_NOTE_OTHER_PROFILES: return "lists of profiles were skipped: they are not traces";
    case TK_NOTE_TEXT_SKIPPED: return "lines began with text that is no JSON, or held nothing else: it was passed over";
    case TK_NOTE_PARTIAL: return "traces are incomplete, as the server that gave them says";
    case TK_NOTE_LEGACY_DROPPED:
        return "instrumentation library spans beside scope spans were dropped, as collectors do";
    case TK_NOTE_ANNOTATION_DROPPED:
        return "binary annotations that are booleans, or addresses without an endpoint, were dropped, as Zipkin does";
    case TK_NOTE_DUPLICATE_TAG: return "attributes were replaced by later ones of the same key";
    case TK_NOTE_LOST_PRECISION: return "times were cut to microseconds";
    case TK_NOTE_LOST_TYPE: return "attribute values became text";
    case TK_NOTE_LOST_LINK: return "links lost their attributes, trace state, flags or counts";
    case TK_NOTE_LOST_RESOURCE: return "resources lost attributes, schema URLs, counts or entities";
    case TK_NOTE_LOST_SCOPE: return "scopes lost attributes, schema URLs or counts";
    case TK_NOTE_LOST_EVENT: return "events lost details";
    case TK_NOTE_LOST_NAME: return "spans lost their names to the names of services";
    case TK_NOTE_LOST_SPAN: return "spans lost their kind, status, flags or counts";
    case TK_NOTE_DURATION_CLAMPED: return "negative durations were written as 0";
    case TK_NOTE_SPAN_UNWRITABLE: return "spans were left out: the target holds no span without ids";
    case TK_NOTE_SERVICE_DOCS: return "documents of services and their operations were skipped: they are no spans";
    case TK_NOTE_DEPENDENCY_DOCS: return "documents of dependencies between services were skipped: they are no spans";
    case TK_NOTE_OTHER_DOCS: return "documents of other kinds were skipped: they are no spans";
    case TK_NOTE_UNTIMED: return "spans were left out: they have no start, and so no place in time";
    case TK_NOTE_OTHER_NAME:
        return "times something was counted under (other): there were more names than the view holds";
    case TK_NOTE_WEIGHTED:
        return "spans were counted for all those they stand for: they carry a sampling threshold (ot=th)";
    case TK_NOTE_ERROR_DOCS: return "errors that stand beside the spans were skipped";
    case TK_NOTE_NO_START: return "spans have no start of their own: it is 0, and the end is the duration";
    case TK_NOTE_ID_DERIVED:
        return "spans have ids that were made of longer ones, as the collector makes them: the original ids are attributes";
    case TK_NOTE_REST_MISFIT:
        return "spans were changed after --lossless wrote them: what it had kept of the changed parts was not put back";
    case TK_NOTE_DURATION_UNSET:
        return "durations are not known, as the start or the end is missing: they are 0, or left out";
    case TK_NOTE_DURATION_CUT: return "durations beyond 292 years were written as 292 years";
    case TK_NOTE_TIME_COARSE:
        return "times of events are whole seconds in this format: each was placed inside its span, or is unset";
    case TK_NOTE_COLUMN_DROPPED: return "values were left out: their columns are of no field (see --columns)";
    case TK_NOTE_ARCHIVE_LEFT_OUT: return "members of archives are links, devices or hidden files, and were left out";
    case TK_NOTE_WORD_UNKNOWN: return "kinds or status codes are no words that are known: they are unset";
    case TK_NOTE_OVERSIZE: return "documents are larger than the 64 kB that AWS X-Ray takes";
    case TK_NOTE_IDS_ONLY:
        return "documents with the ids of a span, but without its name and start, were skipped: log records, or spans of a tool that is not known";
    }
    return "";
}

uint64_t tk_notes_get(const struct tk_notes *n, enum tk_note note)
{
    return (size_t)note < TKI_NOTE_COUNT ? n->n[note] : 0;
}

int tk_notes_next(const struct tk_notes *n, size_t *at, enum tk_note *note, uint64_t *count)
{
    for (size_t i = *at; i < TKI_NOTE_COUNT; i++)
        if (n->n[i]) {
            *at = i + 1;
            *note = (enum tk_note)i;
            *count = n->n[i];
            return 1;
        }
    *at = TKI_NOTE_COUNT;
    return 0;
}

void tki_notes_add(struct tk_notes *to, const struct tk_notes *more)
{
    for (size_t i = 0; i < TKI_NOTE_COUNT; i++)
        to->n[i] += more->n[i];
}

const char *tk_version(void)
{
    return TK_VERSION;
}

unsigned tk_version_number(void)
{
    return TK_VERSION_NUMBER;
}
