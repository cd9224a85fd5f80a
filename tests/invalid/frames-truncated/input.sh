head -c 20000 testdata/shop/collector-json-zstd.bin
