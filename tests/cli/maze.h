/* maze.h - systems drawn at random, for tool_maze.c: which services there are, what they call, what it is called. */
#ifndef MAZE_H
#define MAZE_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

enum cause {
    NONE,
    LEAF,
    DARK,
    LOOP,
    SERIAL,
    NETWORK,
    QUEUE,
    WAITED,
    ERRORS,
    RETRIES,
    TIMEOUT,
    SILENT,
    STRAGGLER,
    ANY,
    POOL,
    COLD,
    MISS,
    RECURSION,
    ROOT_ATTR,
    SPAN_ATTR,
    RESOURCE_ATTR,
    PRESENT,
    SIZE,
    BURST,
    SINCE,
    RHYTHM,
    SERVICE,
    STEP,
    PEER,
    CAUSES,
};

static const char *const cause_names[CAUSES] = {
    "none",     "leaf",    "dark",      "loop",  "serial", "network", "queue",   "waited",    "errors", "retries",
    "timeout",  "silent",  "straggler", "any",   "pool",   "cold",    "miss",    "recursion", "root",   "span",
    "resource", "present", "size",      "burst", "since",  "rhythm",  "service", "step",      "peer",
};

enum kind { INTERNAL = 1, SERVER, CLIENT, PRODUCER, CONSUMER };
enum { NODES = 120, SPANS = 4000, KIDS = 8, NAMES = 40 };

struct node { /* an operation of a plan */
    int service, name, kind;
    int kid[KIDS], nkids, parent;
    bool together; /* the kids run side by side */
    double own_ms; /* of a leaf; before, between and after the kids of others */
    double chance; /* to be called */
    int calls;     /* so many at most, one after the other */
};

struct span {
    int parent, node;
    double start, end; /* ms */
    bool failed, hurt, noted;
    int pid, host;
};

struct fault {
    enum cause cause;
    int target, gap, plan, attr;
    double ms; /* what it adds */
};

struct maze {
    uint64_t seed, name_seed, run;
    double traces, share, size, sd, pace_sd, spacing, begin, skew, first;
    bool rare, links;
    uint64_t random;
    struct node node[NODES];
    int n, root[2], services;
    double usual_ms[2];
    struct fault fault[2];
    int nfaults;
    /* the trace being made */
    struct span span[SPANS];
    int nspans;
    double pace;
    bool slow[2];
    double in_flight;
    uint32_t number;
    int pid;
};

/* ---- chance ---- */

static double chance(struct maze *m) /* [0, 1) */
{
    uint64_t x = m->random += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return (double)((x ^ x >> 31) >> 11) / 9007199254740992.0;
}

static int draw(struct maze *m, int n)
{
    return (int)(chance(m) * n);
}

static double normal(struct maze *m)
{
    double u = 1 - chance(m), v = chance(m);
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

static double around(struct maze *m, double ms)
{
    return ms * exp(m->sd * normal(m)) * m->pace;
}

/* ---- plans ---- */

static int add(struct maze *m, int parent, int service, int kind, double own_ms)
{
    if (m->n >= NODES)
        exit(4);
    m->node[m->n] = (struct node){
        .service = service, .name = m->n, .kind = kind, .parent = parent, .own_ms = own_ms, .chance = 1, .calls = 1};
    if (parent >= 0)
        m->node[parent].kid[m->node[parent].nkids++] = m->n;
    return m->n++;
}

static void grow(struct maze *m, int at, int depth);

static void grow_call(struct maze *m, int at, int depth)
{
    int from = m->node[at].service, to = (from + 1 + draw(m, m->services - 1)) % m->services;
    int client = add(m, at, from, CLIENT, 0);
    int server = add(m, client, to, SERVER, 0.2 + chance(m));
    grow(m, server, depth + 1);
}

static void grow_leaf(struct maze *m, int at)
{
    int leaf = add(m, at, m->node[at].service, chance(m) < 0.6 ? CLIENT : INTERNAL, 1 + 14 * chance(m) * chance(m));
    m->node[leaf].calls = chance(m) < 0.3 ? 3 : 1;
    m->node[leaf].chance = chance(m) < 0.15 ? 0.9 : 1;
}

static void grow_side_by_side(struct maze *m, int at)
{
    int over = add(m, at, m->node[at].service, INTERNAL, 0.1 + 0.3 * chance(m)), n = 4 + draw(m, 3);
    bool same = chance(m) < 0.5;
    m->node[over].together = true;
    for (int i = 0; i < n; i++) {
        int leaf = add(m, over, m->node[at].service, CLIENT, 4 + 6 * chance(m));
        if (same && i)
            m->node[leaf].name = m->node[leaf - 1].name;
        if (same && i)
            m->node[leaf].own_ms = m->node[leaf - 1].own_ms;
    }
}

static void grow(struct maze *m, int at, int depth)
{
    int steps = 2 + draw(m, 3);
    for (int i = 0; i < steps; i++) {
        double x = chance(m);
        if (x < 0.35 && depth < 3 && m->n < NODES - 60)
            grow_call(m, at, depth);
        else if (x < 0.5 && m->n < NODES - 30)
            grow_side_by_side(m, at);
        else
            grow_leaf(m, at);
    }
}

static void grow_message(struct maze *m, int at)
{
    int sent = add(m, at, m->node[at].service, PRODUCER, 0.5 + chance(m));
    int to = (m->node[at].service + 1 + draw(m, m->services - 1)) % m->services;
    int got = add(m, sent, to, CONSUMER, 0.5);
    grow_leaf(m, got);
}

static void make_plans(struct maze *m)
{
    m->services = 4 + draw(m, 5);
    m->n = 0;
    for (int i = 0; i < 2; i++) {
        m->root[i] = add(m, -1, 0, SERVER, 0.2 + chance(m));
        grow_call(m, m->root[i], 0);
        grow(m, m->root[i], 0);
        if (i == 0 || chance(m) < 0.5)
            grow_message(m, m->root[i]);
    }
}

/* ---- names ---- */

static void service_name(const struct maze *m, int service, char *to, size_t size)
{
    static const char *const parts[] = {"ba", "co", "di", "fu", "ga", "hi", "ju", "ka", "lo", "mi", "nu", "po", "ra"};
    uint64_t x = (m->name_seed * 31 + (uint64_t)service + 1) * 0x9e3779b97f4a7c15u >> 20;
    snprintf(to, size, "%s%s%s%d", parts[x % 13], parts[x / 13 % 13], parts[x / 169 % 13], service);
}

static void op_name(const struct maze *m, int node, char *to, size_t size)
{
    static const char *const verbs[] = {"open", "fetch", "store", "check", "merge", "print", "count", "apply"};
    uint64_t x = (m->name_seed * 77 + (uint64_t)m->node[node].name + 5) * 0xbf58476d1ce4e5b9u >> 24;
    snprintf(to, size, "%s %c%c", verbs[x % 8], (int)('a' + m->node[node].name / 26),
             (int)('a' + m->node[node].name % 26));
}

static const char *const keys[] = {"app.tier", "deploy.ring", "tenant", "client.build", "zone.name", "mode"};
static const char *const values[] = {"amber", "north", "k2", "beta", "late", "west"};

#endif
