/* release.h - releases of the collector, by their minor numbers. */
#ifndef TKI_CONFIG_RELEASE_H
#define TKI_CONFIG_RELEASE_H

/* "0.157", "v0.157.1", "157": the minor number; 0 when it is none. */
unsigned tki_release_parse(const char *text);

#endif
