// Answers conditions on standard input over the first span of values.json, a letter and the condition each.
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl/contexts/ottlspan"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl/ottlfuncs"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.uber.org/zap"
)

func main() {
	data, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	td, err := (&ptrace.JSONUnmarshaler{}).UnmarshalTraces(data)
	if err != nil {
		panic(err)
	}
	rs := td.ResourceSpans().At(0)
	ss := rs.ScopeSpans().At(0)
	funcs := ottlfuncs.StandardConverters[*ottlspan.TransformContext]()
	parser, err := ottlspan.NewParser(funcs, component.TelemetrySettings{Logger: zap.NewNop()})
	if err != nil {
		panic(err)
	}
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		letter := "r"
		if c, err := parser.ParseCondition(in.Text()); err == nil {
			yes, err := c.Eval(context.Background(), ottlspan.NewTransformContext(rs, ss, ss.Spans().At(0)))
			switch {
			case err != nil:
				letter = "e"
			case yes:
				letter = "t"
			default:
				letter = "f"
			}
		}
		fmt.Printf("%s\t%s\n", letter, in.Text())
	}
}
