cat testdata/sdk/collector-debug-log.txt; head -c 4096 /dev/zero
