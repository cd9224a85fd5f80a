/* UserAgent: which program and which system a user agent names. */
#include "base/err.h"
#include "expr/ottl/agents.h"
#include "expr/ottl/members.h"

typedef struct tki_ottl_node node;
typedef struct tki_ottl_run run;

enum { SYSTEMS_SINCE = 131 }; /* the release from which the system is said */

/* Adds what the table says, under two keys; empty: a key without text is left out. */
static int add(run *r, struct tki_agents *table, enum tki_agents_of what, tk_str text, const char *const key[2],
               bool empty, struct tki_ottl_members *m)
{
    struct tki_buf part[2] = {{0}, {0}};
    int rc = tki_agents_find(table, what, text, r->regex, &part[0], &part[1]);
    if (rc)
        r->why = rc == TK_ENOMEM ? "out of memory" : "a regular expression that takes too many steps";
    for (unsigned i = 0; i < 2; i++) {
        struct tki_ov v;
        if (rc == 0 && (empty || part[i].n)) {
            rc = tki_ottl_keep(r, &part[i], &v);
            rc = rc ? rc : tki_ottl_put(r, m, tki_str(key[i]), v);
        } else {
            tki_buf_free(&part[i]);
        }
    }
    return rc;
}

static int user_agent(run *r, const node *n, struct tki_ov *to)
{
    static const char *const program[] = {"user_agent.name", "user_agent.version"};
    static const char *const system[] = {"os.name", "os.version"};
    struct tki_ottl_members m = {0};
    tk_str text;
    int rc = tki_ottl_arg_str(r, n, 0, &text);
    if (rc)
        return rc;
    rc = add(r, n->made, TKI_AGENT_PROGRAM, text, program, true, &m);
    if (rc == 0)
        rc = tki_ottl_put(r, &m, TKI_STR("user_agent.original"), tki_ov_str(text));
    if (rc == 0 && r->release >= SYSTEMS_SINCE)
        rc = add(r, n->made, TKI_AGENT_SYSTEM, text, system, false, &m);
    *to = tki_ottl_map_of(&m);
    return rc;
}

/* One table for all conditions of a set, which are of one release. */
static int prepare_table(struct tki_ottl_open *o, node *n)
{
    int rc = o->set->agents ? 0 : tki_agents_new(&o->set->agents, o->c->release);
    n->made = o->set->agents;
    return rc ? tki_err_memory(o->err) : 0;
}

const struct tki_ottl_func tki_ottl_agents[] = {{.name = "UserAgent",
                                                 .param = {{"user_agent", TKI_OW_STRING, false}},
                                                 .needs_regex = true,
                                                 .call = user_agent,
                                                 .prepare = prepare_table},
                                                {0}};
