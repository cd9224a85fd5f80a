// translate compares translations: those of the OpenTelemetry Collector's own packages with those of tracecat.
//
//	translate gen DIR SEED N              random dumps of odd spans, one of each format, in DIR
//	translate collector-read FORMAT A B   A, of FORMAT, as the collector reads it, into B as OTLP JSON
//	translate collector-write FORMAT A B  A, OTLP JSON, as the collector writes it, into B in FORMAT
//	translate same FORMAT A B             whether two files (json, jaeger-proto, jaeger-thrift) hold the same spans, in any order
//
// same prints each kind of difference with its first examples; status 1 if there is any.
package main

import (
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "translate:", err)
		os.Exit(2)
	}
}

// A record: what is compared of a span, one "field = value" a line; fields that repeat have numbers.
type record struct {
	id     string
	fields map[string]string
}

func (r *record) put(field string, value any) {
	for i := 0; ; i++ {
		key := field
		if i > 0 {
			key += "#" + strconv.Itoa(i)
		}
		if _, there := r.fields[key]; !there {
			r.fields[key] = fmt.Sprint(value)
			return
		}
	}
}

func newRecord(id string) *record {
	return &record{id, map[string]string{}}
}

// Records of one id are paired in the order in which they look alike.
func (r *record) text() string {
	keys := make([]string, 0, len(r.fields))
	for k, v := range r.fields {
		keys = append(keys, k+" = "+v)
	}
	sort.Strings(keys)
	return strings.Join(keys, "\n")
}

func byID(records []*record) map[string][]*record {
	m := map[string][]*record{}
	for _, r := range records {
		m[r.id] = append(m[r.id], r)
	}
	for _, list := range m {
		sort.Slice(list, func(i, j int) bool { return list[i].text() < list[j].text() })
	}
	return m
}

type kind struct {
	count    int
	examples []string
}

type kinds map[string]*kind

func (k kinds) add(name, example string) {
	if k[name] == nil {
		k[name] = &kind{}
	}
	k[name].count++
	if len(k[name].examples) < 2 {
		k[name].examples = append(k[name].examples, example)
	}
}

// A field without the numbers of what repeats.
func kindOf(field string) string {
	out := ""
	for _, part := range strings.Split(field, "/") {
		if i := strings.IndexByte(part, '#'); i >= 0 {
			part = part[:i] + "#"
		}
		out += "/" + part
	}
	return out[1:]
}

func compare(first, second []*record) bool {
	found := kinds{}
	t, o := byID(first), byID(second)
	for id, list := range t {
		if len(o[id]) != len(list) {
			found.add("spans", fmt.Sprintf("%s: %d and %d", id, len(list), len(o[id])))
			continue
		}
		for i, a := range list {
			b := o[id][i]
			for f, v := range a.fields {
				w, there := b.fields[f]
				if !there {
					found.add("only the first: "+kindOf(f), id+": "+v)
				} else if v != w {
					found.add("differs: "+kindOf(f), id+": "+v+"  second: "+w)
				}
			}
			for f, w := range b.fields {
				if _, there := a.fields[f]; !there {
					found.add("only the second: "+kindOf(f), id+": "+w)
				}
			}
		}
	}
	for id := range o {
		if t[id] == nil {
			found.add("spans", id+": only the second")
		}
	}
	names := make([]string, 0, len(found))
	for n := range found {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		fmt.Printf("%6d %s\n", found[n].count, n)
		sort.Strings(found[n].examples)
		for _, e := range found[n].examples {
			fmt.Printf("         %.300s\n", e)
		}
	}
	fmt.Printf("# %d spans compared\n", len(first))
	return len(found) == 0
}

func main() {
	if len(os.Args) != 5 {
		fmt.Fprintln(os.Stderr, "usage: translate gen DIR SEED N | collector-read FORMAT A B | collector-write FORMAT A B | same FORMAT A B")
		os.Exit(2)
	}
	oldNames()
	a := os.Args[2:]
	switch os.Args[1] {
	case "gen":
		seed, err := strconv.ParseInt(a[1], 10, 64)
		check(err)
		n, err := strconv.Atoi(a[2])
		check(err)
		generate(a[0], seed, n)
	case "collector-read":
		collectorRead(a[0], a[1], a[2])
	case "collector-write":
		collectorWrite(a[0], a[1], a[2])
	case "same":
		if !compare(records(a[0], a[1]), records(a[0], a[2])) {
			os.Exit(1)
		}
	default:
		check(fmt.Errorf("what is %q?", os.Args[1]))
	}
}
