head -n 2 testdata/shop/collector-json.jsonl; head -c 4096 /dev/zero
