/* Times as at(1) takes them, "4pm + 3 days": https://pubs.opengroup.org/onlinepubs/9799919799/utilities/at.html */
#ifndef AT_TIME_H
#define AT_TIME_H

#include <stdbool.h>
#include <time.h>

/* The words, one behind the other, as a time after `now`; its seconds are 0. False if they are none. */
bool parse_at_time(char **words, time_t now, time_t *when);

#endif
