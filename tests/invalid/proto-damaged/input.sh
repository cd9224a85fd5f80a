cat testdata/sdk/python-otlp.bin; printf '\012\002\022\005'; cat testdata/sdk/python-otlp.bin
