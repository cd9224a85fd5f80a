base64 -w 0 <testdata/jaeger/api-trace.json | head -c 3000; printf '\0\0\0\0'; base64 -w 0 <testdata/jaeger/api-trace.json | tail -c +3005
