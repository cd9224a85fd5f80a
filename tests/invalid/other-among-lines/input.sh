cat testdata/sdk/collector-debug-log.txt; printf '2026-05-01 12:00:00 INFO app - '; tr -d '\n' <testdata/jaeger/api-trace.json; echo
