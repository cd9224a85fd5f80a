head -c 20000 testdata/shop/collector-proto-zstd.bin; printf 'XXXXXXXXXXXXXXXX'; tail -c +20017 testdata/shop/collector-proto-zstd.bin
