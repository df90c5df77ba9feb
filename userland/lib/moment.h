/* Points in time as users write them: @SECONDS, ISO 8601 dates, now, yesterday, "2 days ago". */
#ifndef MOMENT_H
#define MOMENT_H

#include <stdbool.h>
#include <time.h>

/* Parses the text relative to `now`; false if it is none. */
bool parse_moment(const char *text, struct timespec now, struct timespec *moment);

/* [[CC]YY]MMDDhhmm[.ss] of touch -t, or with `year_last` MMDDhhmm[[CC]YY][.ss] of date. */
bool parse_stamp(const char *text, bool year_last, struct timespec *moment);

#endif
