#include "model/notes.h"

/* Of one thing, and of several. */
static const char *const texts[TKI_NOTE_COUNT][2] = {
    [TK_NOTE_ID_REPLACED] =
        {"id was not hexadecimal or base64 of the right length: replaced by a hash of its text",
         "ids were not hexadecimal or base64 of the right length: replaced by a hash of their text"},
    [TK_NOTE_ID_BASE64] = {"id was base64", "ids were base64"},
    [TK_NOTE_COUNT_NEGATIVE] = {"negative dropped count was taken as 0", "negative dropped counts were taken as 0"},
    [TK_NOTE_INT_RANGE] = {"number that is no 64-bit integer, where one is due, was kept as a double",
                           "numbers that are no 64-bit integers, where one is due, were kept as doubles"},
    [TK_NOTE_ENUM_RANGE] = {"kind or status code beyond 255 was taken as unset",
                            "kinds or status codes beyond 255 were taken as unset"},
    [TK_NOTE_UTF8_REPLACED] = {"byte of invalid UTF-8 was replaced by U+FFFD",
                               "bytes of invalid UTF-8 were replaced by U+FFFD"},
    [TK_NOTE_LATE_CONTEXT] =
        {"field of a very large record came after spans already delivered and was not applied to them",
         "fields of very large records came after spans already delivered and were not applied to them"},
    [TK_NOTE_OTHER_LOGS] = {"list of logs was skipped: it is no trace",
                            "lists of logs were skipped: they are not traces"},
    [TK_NOTE_OTHER_METRICS] = {"list of metrics was skipped: it is no trace",
                               "lists of metrics were skipped: they are not traces"},
    [TK_NOTE_OTHER_PROFILES] = {"list of profiles was skipped: it is no trace",
                                "lists of profiles were skipped: they are not traces"},
    [TK_NOTE_TEXT_SKIPPED] = {"line holds text that is no JSON, before a document or alone: the text was passed over",
                              "lines hold text that is no JSON, before a document or alone: the text was passed over"},
    [TK_NOTE_PARTIAL] = {"trace is incomplete, as the server that gave it says",
                         "traces are incomplete, as the server that gave them says"},
    [TK_NOTE_LEGACY_DROPPED] = {"instrumentation library span beside scope spans was dropped, as collectors do",
                                "instrumentation library spans beside scope spans were dropped, as collectors do"},
    [TK_NOTE_ANNOTATION_DROPPED] =
        {"binary annotation that is a boolean, or an address without an endpoint, was dropped, as Zipkin does",
         "binary annotations that are booleans, or addresses without an endpoint, were dropped, as Zipkin does"},
    [TK_NOTE_DUPLICATE_TAG] = {"attribute was replaced by a later one of the same key",
                               "attributes were replaced by later ones of the same key"},
    [TK_NOTE_LOST_PRECISION] = {"time was cut to microseconds", "times were cut to microseconds"},
    [TK_NOTE_LOST_TYPE] = {"attribute value became text", "attribute values became text"},
    [TK_NOTE_LOST_LINK] = {"link lost its attributes, trace state, flags or counts",
                           "links lost their attributes, trace state, flags or counts"},
    [TK_NOTE_LOST_RESOURCE] = {"resource lost attributes, schema URLs, counts or entities",
                               "resources lost attributes, schema URLs, counts or entities"},
    [TK_NOTE_LOST_SCOPE] = {"scope lost attributes, schema URLs or counts",
                            "scopes lost attributes, schema URLs or counts"},
    [TK_NOTE_LOST_EVENT] = {"event lost details", "events lost details"},
    [TK_NOTE_LOST_NAME] = {"span lost its name to the name of a service",
                           "spans lost their names to the names of services"},
    [TK_NOTE_LOST_SPAN] = {"span lost its kind, status, flags or counts",
                           "spans lost their kind, status, flags or counts"},
    [TK_NOTE_DURATION_CLAMPED] = {"negative duration was written as 0", "negative durations were written as 0"},
    [TK_NOTE_SPAN_UNWRITABLE] = {"span was left out: the target holds no span without ids",
                                 "spans were left out: the target holds no span without ids"},
    [TK_NOTE_SERVICE_DOCS] = {"document of services and their operations was skipped: it is no span",
                              "documents of services and their operations were skipped: they are no spans"},
    [TK_NOTE_DEPENDENCY_DOCS] = {"document of dependencies between services was skipped: it is no span",
                                 "documents of dependencies between services were skipped: they are no spans"},
    [TK_NOTE_OTHER_DOCS] = {"document of another kind was skipped: it is no span",
                            "documents of other kinds were skipped: they are no spans"},
    [TK_NOTE_UNTIMED] = {"span was left out: it has no start, and so no place in time",
                         "spans were left out: they have no start, and so no place in time"},
    [TK_NOTE_OTHER_NAME] = {"time something was counted under (other): there were more names than the view holds",
                            "times something was counted under (other): there were more names than the view holds"},
    [TK_NOTE_WEIGHTED] = {"span was counted for all those it stands for: it carries a sampling threshold (ot=th)",
                          "spans were counted for all those they stand for: they carry a sampling threshold (ot=th)"},
    [TK_NOTE_ERROR_DOCS] = {"error that stands beside the spans was skipped",
                            "errors that stand beside the spans were skipped"},
    [TK_NOTE_NO_START] = {"span has no start of its own: it is 0, and the end is the duration",
                          "spans have no start of their own: it is 0, and the end is the duration"},
    [TK_NOTE_ID_DERIVED] =
        {"span has ids that were made of longer ones, as the collector makes them: the original ids are attributes",
         "spans have ids that were made of longer ones, as the collector makes them: the original ids are attributes"},
    [TK_NOTE_REST_MISFIT] =
        {"span was changed after --lossless wrote it: what it had kept of the changed parts was not put back",
         "spans were changed after --lossless wrote them: what it had kept of the changed parts was not put back"},
    [TK_NOTE_DURATION_UNSET] = {"duration is not known, as the start or the end is missing: it is 0, or left out",
                                "durations are not known, as the start or the end is missing: they are 0, or left out"},
    [TK_NOTE_DURATION_CUT] = {"duration beyond 292 years was written as 292 years",
                              "durations beyond 292 years were written as 292 years"},
    [TK_NOTE_TIME_COARSE] =
        {"time of an event is whole seconds in this format: it was placed inside its span, or is unset",
         "times of events are whole seconds in this format: each was placed inside its span, or is unset"},
    [TK_NOTE_COLUMN_DROPPED] = {"value was left out: its column is of no field (see --columns)",
                                "values were left out: their columns are of no field (see --columns)"},
    [TK_NOTE_MEMBER_DROPPED] = {"member of a JSON object was left out: its format is not known to have it",
                                "members of JSON objects were left out: their formats are not known to have them"},
    [TK_NOTE_FIELD_DROPPED] = {"field of a message was left out: its number is none that is read",
                               "fields of messages were left out: their numbers are none that are read"},
    [TK_NOTE_LOG_RECORDS] = {"record of a log was passed over: --logs shows it in its trace",
                             "records of logs were passed over: --logs shows them in their traces"},
    [TK_NOTE_ARCHIVE_LEFT_OUT] = {"member of an archive is a link, a device or a hidden file, and was left out",
                                  "members of archives are links, devices or hidden files, and were left out"},
    [TK_NOTE_WORD_UNKNOWN] = {"kind or status code is no word that is known: it is unset",
                              "kinds or status codes are no words that are known: they are unset"},
    [TK_NOTE_OVERSIZE] = {"document is larger than the 64 kB that AWS X-Ray takes",
                          "documents are larger than the 64 kB that AWS X-Ray takes"},
    [TK_NOTE_IDS_ONLY] =
        {"document with the ids of a span, but without its name and start, was skipped: a log record, or a span of a tool that is not known",
         "documents with the ids of a span, but without its name and start, were skipped: log records, or spans of a tool that is not known"},
};

const char *tk_note_text_of(enum tk_note note, uint64_t count)
{
    return (size_t)note < TKI_NOTE_COUNT ? texts[note][count != 1] : "";
}

const char *tk_note_text(enum tk_note note)
{
    return tk_note_text_of(note, 0);
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

#define TEXT_OF(x)                        #x
#define VERSION_TEXT(major, minor, patch) TEXT_OF(major) "." TEXT_OF(minor) "." TEXT_OF(patch)

const char *tk_version(void)
{
    return VERSION_TEXT(TK_VERSION_MAJOR, TK_VERSION_MINOR, TK_VERSION_PATCH);
}

unsigned tk_version_number(void)
{
    return TK_VERSION_NUMBER;
}
