/* The functions, by topic. */
#include "expr/ottl/func.h"

const struct tki_ottl_func *const tki_ottl_tables[] = {
    tki_ottl_types,     tki_ottl_text,    tki_ottl_cases,   tki_ottl_lists,  tki_ottl_times,  tki_ottl_hashes,
    tki_ottl_parsers,   tki_ottl_net,     tki_ottl_extract, tki_ottl_format, tki_ottl_urls,   tki_ottl_severity,
    tki_ottl_timetexts, tki_ottl_lambdas, tki_ottl_agents,  tki_ottl_xml,    tki_ottl_absent, NULL};
