cat testdata/shop/collector-proto.bin; head -c 4096 /dev/zero
