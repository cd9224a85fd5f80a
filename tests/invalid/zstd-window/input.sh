# A frame that asks for a window of 2 GiB and holds three bytes.
printf '\050\265\057\375\000\250\031\000\000abc'
