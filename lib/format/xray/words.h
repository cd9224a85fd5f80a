/* words.h - members of segment documents and the resource attributes that say the same. */
#ifndef TKI_FORMAT_XRAY_WORDS_H
#define TKI_FORMAT_XRAY_WORDS_H

#include "base/str.h"

struct tki_xray_pair {
    tk_str member, key;
};

/* Of the objects ec2, ecs and eks of `aws`, as the collector's exporter orders them; the last pair is empty. */
extern const struct tki_xray_pair tki_xray_ec2[], tki_xray_ecs[], tki_xray_eks[];

#endif
