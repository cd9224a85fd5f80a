/* Headers of trace context: which are valid, what they name, and ids as people paste them. */
#include "model/context.h"
#include "tap.h"

struct vector {
    const char *name;
    enum tki_context_form form;
    const char *value;
    bool valid;
    uint64_t hi, lo, span;
};

/* T is 7c3d1e0a5b9f42688e21d4c6f0a97b35, S is 5d2e8f1a90b4c763. */
static const struct vector vectors[] = {
    {"W01", TKI_CONTEXT_W3C, "00-7c3d1e0a5b9f42688e21d4c6f0a97b35-5d2e8f1a90b4c763-01", true, 0x7c3d1e0a5b9f4268,
     0x8e21d4c6f0a97b35, 0x5d2e8f1a90b4c763},
    {"W02", TKI_CONTEXT_W3C, "00-7c3d1e0a5b9f42688e21d4c6f0a97b35-5d2e8f1a90b4c763-00", true, 0x7c3d1e0a5b9f4268,
     0x8e21d4c6f0a97b35, 0x5d2e8f1a90b4c763},
    {"W03", TKI_CONTEXT_W3C, "00-7c3d1e0a5b9f42688e21d4c6f0a97b35-5d2e8f1a90b4c763-03", true, 0x7c3d1e0a5b9f4268,
     0x8e21d4c6f0a97b35, 0x5d2e8f1a90b4c763},
    {"W04", TKI_CONTEXT_W3C, "00-7c3d1e0a5b9f42688e21d4c6f0a97b35-5d2e8f1a90b4c763-02", true, 0x7c3d1e0a5b9f4268,
     0x8e21d4c6f0a97b35, 0x5d2e8f1a90b4c763},
    {"W05", TKI_CONTEXT_W3C, "00-7c3d1e0a5b9f42688e21d4c6f0a97b35-5d2e8f1a90b4c763-ff", true, 0x7c3d1e0a5b9f4268,
     0x8e21d4c6f0a97b35, 0x5d2e8f1a90b4c763},
    {"W06", TKI_CONTEXT_W3C, "00-7c3d1e0a5b9f42688e21d4c6f0a97b35-5d2e8f1a90b4c763-08", true, 0x7c3d1e0a5b9f4268,
     0x8e21d4c6f0a97b35, 0x5d2e8f1a90b4c763},
    {"W08", TKI_CONTEXT_W3C, "00-7c3d1e0a5b9f42688e21d4c6f0a97b35-5d2e8f1a90b4c763-01.", false, 0x0, 0x0, 0x0},
    {"W09", TKI_CONTEXT_W3C, "00-7c3d1e0a5b9f42688e21d4c6f0a97b35-5d2e8f1a90b4c763-01-", false, 0x0, 0x0, 0x0},
    {"W10", TKI_CONTEXT_W3C, "00-7c3d1e0a5b9f42688e21d4c6f0a97b35-5d2e8f1a90b4c763-01-extra", false, 0x0, 0x0, 0x0},
    {"W11", TKI_CONTEXT_W3C, "cc-7c3d1e0a5b9f42688e21d4c6f0a97b35-5d2e8f1a90b4c763-01", true, 0x7c3d1e0a5b9f4268,
     0x8e21d4c6f0a97b35, 0x5d2e8f1a90b4c763},
    {"W12", TKI_CONTEXT_W3C, "cc-7c3d1e0a5b9f42688e21d4c6f0a97b35-5d2e8f1a90b4c763-01-what", true, 0x7c3d1e0a5b9f4268,
     0x8e21d4c6f0a97b35, 0x5d2e8f1a90b4c763},
    {"W13", TKI_CONTEXT_W3C, "cc-7c3d1e0a5b9f42688e21d4c6f0a97b35-5d2e8f1a90b4c763-01.what", false, 0x0, 0x0, 0x0},
    {"W14", TKI_CONTEXT_W3C, "cc-7c3d1e0a5b9f42688e21d4c6f0a97b35-5d2e8f1a90b4c763-01what", false, 0x0, 0x0, 0x0},
    {"W15", TKI_CONTEXT_W3C, "01-7c3d1e0a5b9f42688e21d4c6f0a97b35-5d2e8f1a90b4c763-09", true, 0x7c3d1e0a5b9f4268,
     0x8e21d4c6f0a97b35, 0x5d2e8f1a90b4c763},
    {"W16", TKI_CONTEXT_W3C, "ff-7c3d1e0a5b9f42688e21d4c6f0a97b35-5d2e8f1a90b4c763-01", false, 0x0, 0x0, 0x0},
    {"W17", TKI_CONTEXT_W3C, "0-7c3d1e0a5b9f42688e21d4c6f0a97b35-5d2e8f1a90b4c763-01", false, 0x0, 0x0, 0x0},
    {"W18", TKI_CONTEXT_W3C, "000-7c3d1e0a5b9f42688e21d4c6f0a97b35-5d2e8f1a90b4c763-01", false, 0x0, 0x0, 0x0},
    {"W19", TKI_CONTEXT_W3C, ".0-7c3d1e0a5b9f42688e21d4c6f0a97b35-5d2e8f1a90b4c763-01", false, 0x0, 0x0, 0x0},
    {"W20", TKI_CONTEXT_W3C, "00-00000000000000000000000000000000-5d2e8f1a90b4c763-01", false, 0x0, 0x0, 0x0},
    {"W21", TKI_CONTEXT_W3C, "00-7c3d1e0a5b9f42688e21d4c6f0a97b35-0000000000000000-01", false, 0x0, 0x0, 0x0},
    {"W22", TKI_CONTEXT_W3C, "00-7C3D1E0A5B9F42688E21D4C6F0A97B35-5d2e8f1a90b4c763-01", false, 0x0, 0x0, 0x0},
    {"W23", TKI_CONTEXT_W3C, "00-7c3d1e0a5b9f42688e21d4c6f0a97b35-5D2E8F1A90B4C763-01", false, 0x0, 0x0, 0x0},
    {"W24", TKI_CONTEXT_W3C, "00-7c3d1e0a5b9f42688e21d4c6f0a97b35-5d2e8f1a90b4c763-0A", false, 0x0, 0x0, 0x0},
    {"W25", TKI_CONTEXT_W3C, "00-7c3d1e0a5b9f42688e21d4c6f0a97b3-5d2e8f1a90b4c763-01", false, 0x0, 0x0, 0x0},
    {"W26", TKI_CONTEXT_W3C, "00-7c3d1e0a5b9f42688e21d4c6f0a97b350-5d2e8f1a90b4c763-01", false, 0x0, 0x0, 0x0},
    {"W27", TKI_CONTEXT_W3C, "00-7c3d1e0a5b9f42688e21d4c6f0a97b3.-5d2e8f1a90b4c763-01", false, 0x0, 0x0, 0x0},
    {"W28", TKI_CONTEXT_W3C, "00-7c3d1e0a5b9f42688e21d4c6f0a97b35-5d2e8f1a90b4c76-01", false, 0x0, 0x0, 0x0},
    {"W29", TKI_CONTEXT_W3C, "00-7c3d1e0a5b9f42688e21d4c6f0a97b35-5d2e8f1a90b4c7630-01", false, 0x0, 0x0, 0x0},
    {"W30", TKI_CONTEXT_W3C, "00-7c3d1e0a5b9f42688e21d4c6f0a97b35-5d2e8f1a90b4c763-1", false, 0x0, 0x0, 0x0},
    {"W31", TKI_CONTEXT_W3C, "00-7c3d1e0a5b9f42688e21d4c6f0a97b35-5d2e8f1a90b4c763-001", false, 0x0, 0x0, 0x0},
    {"W32", TKI_CONTEXT_W3C, "00-7c3d1e0a5b9f42688e21d4c6f0a97b35-5d2e8f1a90b4c763-0.", false, 0x0, 0x0, 0x0},
    {"W33", TKI_CONTEXT_W3C, "00-7c3d1e0a5b9f42688e21d4c6f0a97b35-5d2e8f1a90b4c763", false, 0x0, 0x0, 0x0},
    {"W34", TKI_CONTEXT_W3C, "00_7c3d1e0a5b9f42688e21d4c6f0a97b35_5d2e8f1a90b4c763_01", false, 0x0, 0x0, 0x0},
    {"W36", TKI_CONTEXT_W3C, "00-8e21d4c6f0a97b35-5d2e8f1a90b4c763-01", false, 0x0, 0x0, 0x0},
    {"W37", TKI_CONTEXT_W3C, "00-00000000000000008e21d4c6f0a97b35-5d2e8f1a90b4c763-01", true, 0x0, 0x8e21d4c6f0a97b35,
     0x5d2e8f1a90b4c763},
    {"W38", TKI_CONTEXT_W3C, "00-abc123def456-span789-01", false, 0x0, 0x0, 0x0},
    {"W40", TKI_CONTEXT_W3C,
     "00-7c3d1e0a5b9f42688e21d4c6f0a97b35-5d2e8f1a90b4c763-01,00-7c3d1e0a5b9f42688e21d4c6f0a97b35-0102030405060708-01",
     false, 0x0, 0x0, 0x0},
    {"B01", TKI_CONTEXT_B3, "7c3d1e0a5b9f42688e21d4c6f0a97b35-5d2e8f1a90b4c763-1", true, 0x7c3d1e0a5b9f4268,
     0x8e21d4c6f0a97b35, 0x5d2e8f1a90b4c763},
    {"B02", TKI_CONTEXT_B3, "7c3d1e0a5b9f42688e21d4c6f0a97b35-5d2e8f1a90b4c763-0", true, 0x7c3d1e0a5b9f4268,
     0x8e21d4c6f0a97b35, 0x5d2e8f1a90b4c763},
    {"B03", TKI_CONTEXT_B3, "7c3d1e0a5b9f42688e21d4c6f0a97b35-5d2e8f1a90b4c763-d", true, 0x7c3d1e0a5b9f4268,
     0x8e21d4c6f0a97b35, 0x5d2e8f1a90b4c763},
    {"B04", TKI_CONTEXT_B3, "7c3d1e0a5b9f42688e21d4c6f0a97b35-5d2e8f1a90b4c763", true, 0x7c3d1e0a5b9f4268,
     0x8e21d4c6f0a97b35, 0x5d2e8f1a90b4c763},
    {"B05", TKI_CONTEXT_B3, "7c3d1e0a5b9f42688e21d4c6f0a97b35-5d2e8f1a90b4c763-1-05e3ac9a4f6e3b90", true,
     0x7c3d1e0a5b9f4268, 0x8e21d4c6f0a97b35, 0x5d2e8f1a90b4c763},
    {"B06", TKI_CONTEXT_B3, "8e21d4c6f0a97b35-5d2e8f1a90b4c763-1", true, 0x0, 0x8e21d4c6f0a97b35, 0x5d2e8f1a90b4c763},
    {"B07", TKI_CONTEXT_B3, "0", false, 0x0, 0x0, 0x0},
    {"B08", TKI_CONTEXT_B3, "1", false, 0x0, 0x0, 0x0},
    {"B09", TKI_CONTEXT_B3, "d", false, 0x0, 0x0, 0x0},
    {"B10", TKI_CONTEXT_B3, "7c3d1e0a5b9f42688e21d4c6f0a97b35-5d2e8f1a90b4c763-true", false, 0x0, 0x0, 0x0},
    {"B11", TKI_CONTEXT_B3, "7c3d1e0a5b9f42688e21d4c6f0a97b35-5d2e8f1a90b4c763-1-", false, 0x0, 0x0, 0x0},
    {"B12", TKI_CONTEXT_B3, "7c3d1e0a5b9f42688e21d4c6f0a97b35-0000000000000000-1", false, 0x0, 0x0, 0x0},
    {"B13", TKI_CONTEXT_B3, "00000000000000000000000000000000-5d2e8f1a90b4c763-1", false, 0x0, 0x0, 0x0},
    {"B14", TKI_CONTEXT_B3, "7C3D1E0A5B9F42688E21D4C6F0A97B35-5d2e8f1a90b4c763-1", false, 0x0, 0x0, 0x0},
    {"B15", TKI_CONTEXT_B3, "7c3d1e0a5b9f42688e21d4c6-5d2e8f1a90b4c763-1", false, 0x0, 0x0, 0x0},
    {"J01", TKI_CONTEXT_UBER, "7c3d1e0a5b9f42688e21d4c6f0a97b35:5d2e8f1a90b4c763:0:1", true, 0x7c3d1e0a5b9f4268,
     0x8e21d4c6f0a97b35, 0x5d2e8f1a90b4c763},
    {"J02", TKI_CONTEXT_UBER, "7c3d1e0a5b9f42688e21d4c6f0a97b35:5d2e8f1a90b4c763:0:0", true, 0x7c3d1e0a5b9f4268,
     0x8e21d4c6f0a97b35, 0x5d2e8f1a90b4c763},
    {"J03", TKI_CONTEXT_UBER, "7c3d1e0a5b9f42688e21d4c6f0a97b35:5d2e8f1a90b4c763:0:3", true, 0x7c3d1e0a5b9f4268,
     0x8e21d4c6f0a97b35, 0x5d2e8f1a90b4c763},
    {"J04", TKI_CONTEXT_UBER, "7c3d1e0a5b9f42688e21d4c6f0a97b35:5d2e8f1a90b4c763:05e3ac9a4f6e3b90:1", true,
     0x7c3d1e0a5b9f4268, 0x8e21d4c6f0a97b35, 0x5d2e8f1a90b4c763},
    {"J05", TKI_CONTEXT_UBER, "7c3d1e0a5b9f42688e21d4c6f0a97b35:5d2e8f1a90b4c763:0:01", true, 0x7c3d1e0a5b9f4268,
     0x8e21d4c6f0a97b35, 0x5d2e8f1a90b4c763},
    {"J06", TKI_CONTEXT_UBER, "8e21d4c6f0a97b35:5d2e8f1a90b4c763:0:1", true, 0x0, 0x8e21d4c6f0a97b35,
     0x5d2e8f1a90b4c763},
    {"J07", TKI_CONTEXT_UBER, "1e0a5b9f42688:2e8f1a90b4c763:0:1", true, 0x0, 0x1e0a5b9f42688, 0x2e8f1a90b4c763},
    {"J08", TKI_CONTEXT_UBER, "7c3d1e0a5b9f42688e21d4c6f0a97b35%3A5d2e8f1a90b4c763%3A0%3A1", true, 0x7c3d1e0a5b9f4268,
     0x8e21d4c6f0a97b35, 0x5d2e8f1a90b4c763},
    {"J09", TKI_CONTEXT_UBER, "7c3d1e0a5b9f42688e21d4c6f0a97b35:5d2e8f1a90b4c763:0", false, 0x0, 0x0, 0x0},
    {"J10", TKI_CONTEXT_UBER, "7c3d1e0a5b9f42688e21d4c6f0a97b35:5d2e8f1a90b4c763:0:1:9", false, 0x0, 0x0, 0x0},
    {"J11", TKI_CONTEXT_UBER, "0:0:0:1", false, 0x0, 0x0, 0x0},
    {"J12", TKI_CONTEXT_UBER, "7c3d1e0a5b9f42688e21d4c6f0a97b35:5d2e8f1a90b4c763:0:", false, 0x0, 0x0, 0x0},
    {"J13", TKI_CONTEXT_UBER, "7c3d1e0a5b9f42688e21d4c6f0a97b35:5d2e8f1a90b4c763:0:zz", false, 0x0, 0x0, 0x0},
    {"J14", TKI_CONTEXT_UBER, "7c3d1e0a5b9f42688e21d4c6f0a97b350:5d2e8f1a90b4c763:0:1", false, 0x0, 0x0, 0x0},
    {"J15", TKI_CONTEXT_UBER, "7c3d1e0a5b9f42688e21d4c6f0a97b35:5d2e8f1a90b4c7630:0:1", false, 0x0, 0x0, 0x0},
    {"X01", TKI_CONTEXT_XRAY, "Root=1-7c3d1e0a-5b9f42688e21d4c6f0a97b35;Parent=5d2e8f1a90b4c763;Sampled=1", true,
     0x7c3d1e0a5b9f4268, 0x8e21d4c6f0a97b35, 0x5d2e8f1a90b4c763},
    {"X02", TKI_CONTEXT_XRAY, "Root=1-7c3d1e0a-5b9f42688e21d4c6f0a97b35;Parent=5d2e8f1a90b4c763;Sampled=0", true,
     0x7c3d1e0a5b9f4268, 0x8e21d4c6f0a97b35, 0x5d2e8f1a90b4c763},
    {"X03", TKI_CONTEXT_XRAY, "Root=1-7c3d1e0a-5b9f42688e21d4c6f0a97b35;Parent=5d2e8f1a90b4c763;Sampled=?", true,
     0x7c3d1e0a5b9f4268, 0x8e21d4c6f0a97b35, 0x5d2e8f1a90b4c763},
    {"X04", TKI_CONTEXT_XRAY, "Root=1-7c3d1e0a-5b9f42688e21d4c6f0a97b35;Parent=5d2e8f1a90b4c763", true,
     0x7c3d1e0a5b9f4268, 0x8e21d4c6f0a97b35, 0x5d2e8f1a90b4c763},
    {"X05", TKI_CONTEXT_XRAY, "Root=1-7c3d1e0a-5b9f42688e21d4c6f0a97b35", true, 0x7c3d1e0a5b9f4268, 0x8e21d4c6f0a97b35,
     0x0},
    {"X06", TKI_CONTEXT_XRAY, "Self=1-67891234-12456789abcdef012345678;Root=1-7c3d1e0a-5b9f42688e21d4c6f0a97b35", true,
     0x7c3d1e0a5b9f4268, 0x8e21d4c6f0a97b35, 0x0},
    {"X07", TKI_CONTEXT_XRAY, "Sampled=1;Parent=5d2e8f1a90b4c763;Root=1-7c3d1e0a-5b9f42688e21d4c6f0a97b35", true,
     0x7c3d1e0a5b9f4268, 0x8e21d4c6f0a97b35, 0x5d2e8f1a90b4c763},
    {"X08", TKI_CONTEXT_XRAY,
     "Root=1-7c3d1e0a-5b9f42688e21d4c6f0a97b35;Parent=5d2e8f1a90b4c763;Sampled=1;Lineage=1:a87bd80c:1", true,
     0x7c3d1e0a5b9f4268, 0x8e21d4c6f0a97b35, 0x5d2e8f1a90b4c763},
    {"X09", TKI_CONTEXT_XRAY, "Root=2-7c3d1e0a-5b9f42688e21d4c6f0a97b35;Parent=5d2e8f1a90b4c763;Sampled=1", false, 0x0,
     0x0, 0x0},
    {"X10", TKI_CONTEXT_XRAY, "Root=7c3d1e0a5b9f42688e21d4c6f0a97b35;Parent=5d2e8f1a90b4c763;Sampled=1", false, 0x0,
     0x0, 0x0},
    {"X11", TKI_CONTEXT_XRAY, "Root=1-7c3d1e0a-5b9f42688e21d4c6f0a97b3;Parent=5d2e8f1a90b4c763;Sampled=1", false, 0x0,
     0x0, 0x0},
    {"X12", TKI_CONTEXT_XRAY, "Root=;Parent=;Sampled=0", false, 0x0, 0x0, 0x0},
    {"X13", TKI_CONTEXT_XRAY, "Root=1-7c3d1e0a-5b9f42688e21d4c6f0a97b35; Parent=5d2e8f1a90b4c763; Sampled=1", true,
     0x7c3d1e0a5b9f4268, 0x8e21d4c6f0a97b35, 0x5d2e8f1a90b4c763},
};

static void check_vectors(void)
{
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        const struct vector *v = &vectors[i];
        struct tki_context c;
        bool valid = tki_context_read(v->form, tki_str(v->value), &c);
        bool right = valid == v->valid && valid == !c.fault;
        if (valid)
            right = right && c.trace_id.hi == v->hi && c.trace_id.lo == v->lo && c.span_id == v->span;
        ok(right, "%s: %s is %s", v->name, v->value, v->valid ? "valid" : "invalid");
    }
}

static void check_names(void)
{
    is_int(tki_context_header(TKI_STR("Traceparent")), TKI_CONTEXT_W3C, "letters may have either case");
    is_int(tki_context_header(TKI_STR("http_traceparent")), TKI_CONTEXT_NONE, "the whole name counts");
    is_int(tki_context_header(TKI_STR("X_B3_TRACEID")), TKI_CONTEXT_B3_ID, "underscores are dashes");
    is_int(tki_context_header(TKI_STR("x-request-id")), TKI_CONTEXT_NONE, "a request id names no trace");
}

struct pasted {
    const char *text;
    bool good, whole;
    unsigned digits;
    uint64_t hi, lo;
};

static void check_pasted(void)
{
    static const struct pasted cases[] = {
        {"7c3d", true, false, 4, 0, 0x7c3d},
        {"7C3D1E0A5B9F42688E21D4C6F0A97B35", true, true, 32, 0x7c3d1e0a5b9f4268, 0x8e21d4c6f0a97b35},
        {" 7c3d1e0a-5b9f-4268-8e21-d4c6f0a97b35 ", true, true, 32, 0x7c3d1e0a5b9f4268, 0x8e21d4c6f0a97b35},
        {"0x8e21d4c6f0a97b35", true, false, 16, 0, 0x8e21d4c6f0a97b35},
        {"traceparent: 00-7c3d1e0a5b9f42688e21d4c6f0a97b35-5d2e8f1a90b4c763-01", true, true, 32, 0x7c3d1e0a5b9f4268,
         0x8e21d4c6f0a97b35},
        {"\"00-7c3d1e0a5b9f42688e21d4c6f0a97b35-5d2e8f1a90b4c763-01\"", true, true, 32, 0x7c3d1e0a5b9f4268,
         0x8e21d4c6f0a97b35},
        {"uber-trace-id: e21d4c6f0a97b35:1:0:1", true, true, 16, 0, 0x0e21d4c6f0a97b35},
        {"X-B3-TraceId: 8e21d4c6f0a97b35", true, true, 16, 0, 0x8e21d4c6f0a97b35},
        {"b3: 7c3d1e0a5b9f42688e21d4c6f0a97b35-5d2e8f1a90b4c763-1", true, true, 32, 0x7c3d1e0a5b9f4268,
         0x8e21d4c6f0a97b35},
        {"X-Amzn-Trace-Id: Root=1-7c3d1e0a-5b9f42688e21d4c6f0a97b35;Sampled=1", true, true, 32, 0x7c3d1e0a5b9f4268,
         0x8e21d4c6f0a97b35},
        {"fD0eCltfQmiOIdTG8KlzNQ==", true, true, 32, 0x7c3d1e0a5b5f4268, 0x8e21d4c6f0a97335},
        {"AAAAAAAAAAAAAAAAAAAAAA==", false, false, 0, 0, 0},
        {"1-7c3d1e0a-5b9f42688e21d4c6f0a97b35", true, true, 32, 0x7c3d1e0a5b9f4268, 0x8e21d4c6f0a97b35},
        {"https://grafana/explore?traceID=7c3d1e0a5b9f42688e21d4c6f0a97b35&x=1", true, true, 32, 0x7c3d1e0a5b9f4268,
         0x8e21d4c6f0a97b35},
        {"[trace_id=7c3d1e0a5b9f42688e21d4c6f0a97b35 span_id=5d2e8f1a90b4c763] sold", true, true, 32,
         0x7c3d1e0a5b9f4268, 0x8e21d4c6f0a97b35},
        {"x: 7c3d1e0a5b9f42688e21d4c6f0a97b35 7c3d1e0a5b9f42688e21d4c6f0a97b36", false, false, 0, 0, 0},
        {"traceparent: 01-7c3d1e0a5b9f42688e21d4c6f0a97b35-x", false, false, 0, 0, 0},
        {"xyz", false, false, 0, 0, 0},
        {"", false, false, 0, 0, 0},
        {"00-00000000000000000000000000000000-5d2e8f1a90b4c763-01", false, false, 0, 0, 0},
        {"7c3d1e0a5b9f42688e21d4c6f0a97b350", false, false, 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tki_pasted p = {0};
        bool good = tki_pasted_read(tki_str(cases[i].text), &p) == NULL;
        ok(good == cases[i].good && (!good || (p.whole == cases[i].whole && p.digits == cases[i].digits &&
                                               p.id.hi == cases[i].hi && p.id.lo == cases[i].lo)),
           "pasted: %s", cases[i].text);
    }
}

static void test_beginnings(void)
{
    static const tk_id128 wide = {0x4bf92f3577b34da6, 0xa3ce929d0e0e4736}, narrow = {0, 0xa3ce929d0e0e4736};
    static const struct {
        const char *text;
        bool wide, narrow;
    } cases[] = {
        {"4bf92f3577b34da6a3ce929d0e0e4736", true, false}, /* all of it */
        {"4bf92f35-77b3-4da6-a3ce-929d0e0e4736", true, false},
        {"4bf9", true, false},
        {"4BF92F3577B34DA6A", true, false}, /* beyond the first half */
        {"4bf92f3577b34da6a3ce929d0e0e473", true, false},
        {"4bf", false, false}, /* too few digits */
        {"4bf8", false, false},
        {"a3ce929d0e0e4736", false, true},
        {"a3ce", false, true},
        {"a3ce929d0e0e47361", false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tki_pasted p;
        ok(!tki_pasted_read(tki_str(cases[i].text), &p) && tki_pasted_is(&p, wide) == cases[i].wide &&
               tki_pasted_is(&p, narrow) == cases[i].narrow,
           "the trace that is meant by %s", cases[i].text);
    }
}

int main(void)
{
    check_vectors();
    check_names();
    check_pasted();
    test_beginnings();
    return done_testing();
}
