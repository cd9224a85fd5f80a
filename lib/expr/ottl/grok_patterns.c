/* The patterns that grok knows by name.  Each is an expression in RE2's syntax; texts that others are made of stand in
 * macros, because a pattern inside a pattern would be a group of its own. */
#include "expr/ottl/grok.h"

#define HEX       "[0-9A-Fa-f]"
#define H4        HEX "{1,4}"
#define OCTET     "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)"
#define DOTTED    "(" OCTET "(\\." OCTET "){3})"
#define ANY_OCTET "(?:25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)"
#define LABEL     "(?:[0-9A-Za-z][0-9A-Za-z-]{0,62})"
/* An address of version 6 with `lead` groups in front of the gap, and up to `tail` behind it; with `few` of these it
 * may end as one of version 4. */
#define WITH_GAP(lead, tail, few) "((" H4 ":){" lead "}(((:" H4 "){1," tail "})|((:" H4 ")" few ":" DOTTED ")|:))|"

const struct tki_grok_pattern tki_grok_patterns[] = {
    /* words and numbers */
    {"WORD", "\\b\\w+\\b"},
    {"NOTSPACE", "\\S+"},
    {"SPACE", "\\s*"},
    {"DATA", ".*?"},
    {"GREEDYDATA", ".*"},
    {"INT", "(?:[+-]?(?:[0-9]+))"},
    {"NUMBER", "(?:%{BASE10NUM})"},
    {"BOOL", "true|false"},
    {"BASE10NUM", "([+-]?(?:[0-9]+(?:\\.[0-9]+)?)|\\.[0-9]+)"},
    {"BASE16NUM", "[+-]?(?:0x)?" HEX "+"},
    {"BASE16FLOAT", "[+-]?(?:0x)?" HEX "+(?:\\." HEX "*)?"},
    {"POSINT", "\\b[1-9][0-9]*\\b"},
    {"NONNEGINT", "\\b[0-9]+\\b"},
    {"QUOTEDSTRING", "\"([^\"\\\\]*(\\\\.[^\"\\\\]*)*)\"|\\'([^\\'\\\\]*(\\\\.[^\\'\\\\]*)*)\\'"},
    {"QS", "%{QUOTEDSTRING}"},
    {"UUID", HEX "{8}-(?:" HEX "{4}-){3}" HEX "{12}"},
    {"URN", "urn:[0-9A-Za-z][0-9A-Za-z-]{0,31}:[0-9A-Za-z()+,.:=@;$_!*'/?#-]+"},
    /* networks */
    {"IP", "(?:%{IPV6}|%{IPV4})"},
    {"IPV6", "("
             "((" H4 ":){7}(" H4 "|:))|"
             "((" H4 ":){6}(:" H4 "|" DOTTED "|:))|" WITH_GAP("5", "2", "{0}") WITH_GAP("4", "3", "?")
                 WITH_GAP("3", "4", "{0,2}") WITH_GAP("2", "5", "{0,3}")
                     WITH_GAP("1", "6", "{0,4}") "(:(((:" H4 "){1,7})|((:" H4 "){0,5}:" DOTTED ")|:))"
                                                 ")(%.+)?"},
    {"IPV4", "(?:" ANY_OCTET "\\.){3}" ANY_OCTET},
    {"IPORHOST", "(?:%{IP}|%{HOSTNAME})"},
    {"HOSTNAME", "\\b" LABEL "(?:\\." LABEL ")*(\\.?|\\b)"},
    {"EMAILLOCALPART", "[a-zA-Z][a-zA-Z0-9_.+-=:]+"},
    {"EMAILADDRESS", "%{EMAILLOCALPART}@%{HOSTNAME}"},
    {"USERNAME", "[a-zA-Z0-9._-]+"},
    {"USER", "%{USERNAME}"},
    {"MAC", "(?:%{CISCOMAC}|%{WINDOWSMAC}|%{COMMONMAC})"},
    {"CISCOMAC", "(?:(?:" HEX "{4}\\.){2}" HEX "{4})"},
    {"WINDOWSMAC", "(?:(?:" HEX "{2}-){5}" HEX "{2})"},
    {"COMMONMAC", "(?:(?:" HEX "{2}:){5}" HEX "{2})"},
    {"HOSTPORT", "%{IPORHOST}:%{POSINT}"},
    /* paths */
    {"UNIXPATH", "(/[\\w_%!$@:.,+~-]+)+"},
    {"TTY", "/dev/(pts|tty([pq])?)(\\w+)?/?(?:[0-9]+)"},
    {"WINPATH", "[A-Za-z]+:(\\\\[^\\\\?*]+)+"},
    {"PATH", "(?:%{UNIXPATH}|%{WINPATH})"},
    {"URIPROTO", "[A-Za-z][A-Za-z0-9+\\-.]+"},
    {"URIHOST", "%{IPORHOST}(?::%{POSINT})?"},
    {"URIPATH", "(/[A-Za-z0-9$.+!*'(){},~:;=@#%&_\\-]+)+"},
    {"URIQUERY", "[A-Za-z0-9$.+!*'|(){},~@#%&/=:;_?\\-\\[\\]<>]*"},
    {"URIPARAM", "\\?%{URIQUERY}"},
    {"URIPATHPARAM", "%{URIPATH}(?:\\?%{URIQUERY})?"},
    {"URI", "%{URIPROTO}://(?:%{USER}(?::[^@]*)?@)?%{URIHOST}(?:%{URIPATH}(?:\\?%{URIQUERY})?)?"},
    /* dates and times */
    {"MONTH", "\\b(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|Jun(?:e)?|Jul(?:y)?|Aug(?:ust)?|"
              "Sep(?:tember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\\b"},
    {"MONTHNUM", "(?:0[1-9]|1[0-2])"},
    {"MONTHDAY", "(?:(?:0[1-9])|(?:[12][0-9])|(?:3[01])|[1-9])"},
    {"DAY", "\\b(?:Mon(?:day)?|Tue(?:sday)?|Wed(?:nesday)?|Thu(?:rsday)?|Fri(?:day)?|Sat(?:urday)?|Sun(?:day)?)\\b"},
    {"YEAR", "(\\d\\d){1,2}"},
    {"HOUR", "(?:2[0123]|[01]?[0-9])"},
    {"MINUTE", "(?:[0-5][0-9])"},
    {"SECOND", "(?:(?:[0-5][0-9]|60)(?:[:.,][0-9]+)?)"},
    {"TIME", "%{HOUR}:%{MINUTE}(?::%{SECOND})?"},
    {"DATE_US", "%{MONTHNUM}[/-]%{MONTHDAY}[/-]%{YEAR}"},
    {"DATE_EU", "%{MONTHDAY}[./-]%{MONTHNUM}[./-]%{YEAR}"},
    {"DATE", "%{DATE_US}|%{DATE_EU}"},
    {"ISO8601_TIMEZONE", "(?:Z|[+-]%{HOUR}(?::?%{MINUTE}))"},
    {"ISO8601_SECOND", "%{SECOND}"},
    {"TIMESTAMP_ISO8601", "%{YEAR}-%{MONTHNUM}-%{MONTHDAY}[T ]%{HOUR}:?%{MINUTE}(?::?%{SECOND})?%{ISO8601_TIMEZONE}?"},
    {"DATESTAMP", "%{DATE}[- ]%{TIME}"},
    {"TZ", "(?:[PMACE][SED]T|UTC)"},
    {"DATESTAMP_RFC822", "%{DAY} %{MONTH} %{MONTHDAY} %{YEAR} %{TIME} %{TZ}"},
    {"DATESTAMP_RFC2822", "%{DAY}, %{MONTHDAY} %{MONTH} %{YEAR} %{TIME} %{ISO8601_TIMEZONE}"},
    {"DATESTAMP_OTHER", "%{DAY} %{MONTH} %{MONTHDAY} %{TIME} %{TZ} %{YEAR}"},
    {"DATESTAMP_EVENTLOG", "%{YEAR}%{MONTHNUM}%{MONTHDAY}%{HOUR}%{MINUTE}%{SECOND}"},
    {"HTTPDATE", "%{MONTHDAY}/%{MONTH}/%{YEAR}:%{TIME} %{INT}"},
    /* syslog */
    {"LOGLEVEL", "(?i)(alert|trace|debug|notice|info(?:rmation)?|warn(?:ing)?|err(?:or)?|crit(?:ical)?|fatal|severe|"
                 "emerg(?:ency)?)"},
    {"PROG", "[!-Z\\\\^-~]+"},
    {"SYSLOGTIMESTAMP", "%{MONTH} +%{MONTHDAY} %{TIME}"},
    {"SYSLOGPROG", "%{PROG}(?:\\[\\d+\\])?"},
    {"SYSLOGHOST", "%{IPORHOST}"},
    {"SYSLOGFACILITY", "<%{NONNEGINT}.%{NONNEGINT}>"},
    {"SYSLOGBASE", "%{SYSLOGTIMESTAMP:timestamp} (?:%{SYSLOGFACILITY} )?%{SYSLOGHOST:host.name} %{SYSLOGPROG}:"},
    {0}};
