// Records what pkg/ottl of the OpenTelemetry Collector answers to conditions made from the expressions on stdin, one a
// line.  README.md says what comes out.
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl/contexts/ottlspan"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl/ottlfuncs"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/featuregate"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.uber.org/zap"
)

type spans = *ottlspan.TransformContext

func place() spans {
	rs := ptrace.NewTraces().ResourceSpans().AppendEmpty()
	ss := rs.ScopeSpans().AppendEmpty()
	return ottlspan.NewTransformContext(rs, ss, ss.Spans().AppendEmpty())
}

// Conditions that compare a value, and what is in it.
func conditions(expr string, value any, to *[]string) {
	say := func(format string, args ...any) { *to = append(*to, fmt.Sprintf(format, args...)) }
	switch v := value.(type) {
	case string:
		say("%s == %s", expr, strconv.Quote(v))
	case bool:
		say("%s == %t", expr, v)
	case int64:
		say("%s == %d", expr, v)
	case int:
		say("Int(%s) == %d", expr, v)
		say("String(%s) == \"%d\"", expr, v)
	case float64:
		say("%s == %s", expr, strconv.FormatFloat(v, 'f', -1, 64))
	case time.Time:
		say("UnixNano(%s) == %d", expr, v.UnixNano())
		say("Hour(%s) == %d", expr, v.Hour())
	case pcommon.Map:
		conditions(expr, v.AsRaw(), to)
	case pcommon.Slice:
		conditions(expr, v.AsRaw(), to)
	case map[string]any:
		say("Len(%s) == %d", expr, len(v))
		for key, member := range v {
			conditions(expr+"["+strconv.Quote(key)+"]", member, to)
		}
	case []any:
		say("Len(%s) == %d", expr, len(v))
		for i, member := range v {
			conditions(expr+"["+strconv.Itoa(i)+"]", member, to)
		}
	default:
		say("%s == nil", expr)
	}
}

func value(p ottl.Parser[spans], expr string) any {
	e, err := p.ParseValueExpression(expr)
	if err != nil {
		return nil
	}
	v, err := e.Eval(context.Background(), place())
	if err != nil {
		return nil
	}
	return v
}

func answer(p ottl.Parser[spans], condition string) string {
	c, err := p.ParseCondition(condition)
	if err != nil {
		return "r"
	}
	holds, err := c.Eval(context.Background(), place())
	switch {
	case err != nil:
		return "e"
	case holds:
		return "t"
	}
	return "f"
}

func main() {
	if err := featuregate.GlobalRegistry().Set("ottl.functions.enableLambda", true); err != nil {
		panic(err)
	}
	functions := ottlfuncs.StandardConverters[spans]()
	p, err := ottlspan.NewParser(functions, component.TelemetrySettings{Logger: zap.NewNop()})
	if err != nil {
		panic(err)
	}
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		var all []string
		conditions(in.Text(), value(p, in.Text()), &all)
		for _, c := range all {
			fmt.Printf("%s\t%s\n", answer(p, c), c)
		}
	}
}
