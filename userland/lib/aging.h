/* Ages of passwords and accounts, shadow(5): days since 1970, -1 where there is none. */
#ifndef AGING_H
#define AGING_H

#include <pwd.h>
#include <shadow.h>
#include <stdbool.h>

enum { NO_DAY = -1, MOST_DAYS = 10000 /* a password of more is good for ever */ };

long day_today(void);
/* The user's line of /etc/shadow on the heap, for good; null without one. */
struct spwd *aging_of(const char *name);
/* Writes the line; false with errno. */
bool change_aging(const struct spwd *record);
/* Gives the user the hash, in /etc/shadow, or in /etc/passwd for one who has it there; `is_new`: set today. False after a message. */
bool store_password(const struct passwd *user, const char *hash, bool is_new);
/* `2027-12-31` or a number of days, -1 for never; false if it is neither. */
bool parse_day(const char *word, long *day);
/* As `format` of strftime(3) has it; on the heap. */
char *format_day(long day, const char *format);
/* The day from which on the password has to be changed, or has become useless; NO_DAY: never. */
long password_ends(const struct spwd *record);
long password_useless(const struct spwd *record);

/*
 * What a session asks before it begins: says so and is false if the account has expired; has a password that is too old
 * changed by the user (passwd(1)), and is false if it was not; warns in the days before.
 */
bool passes_aging(const struct passwd *user);

#endif
