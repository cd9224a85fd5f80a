printf '\377\376{\0}\0x' # an odd byte at the end
