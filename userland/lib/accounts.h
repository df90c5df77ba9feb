/* Users, groups and their passwords: reading and changing /etc/passwd, group, shadow; becoming somebody. */
#ifndef ACCOUNTS_H
#define ACCOUNTS_H

#include <pwd.h>
#include <stdbool.h>
#include <sys/types.h>

#define PASSWD_FILE "/etc/passwd"
#define GROUP_FILE "/etc/group"
#define SHADOW_FILE "/etc/shadow"

/* The account, on the heap and for good, or a null pointer. */
struct passwd *account_named(const char *name);
struct passwd *account_with(uid_t uid);
/* The group of that name or number; false if there is none. */
bool group_id(const char *name, gid_t *gid);
/* Whether the user is in the group, by its members or as its primary one. */
bool is_member(const struct passwd *user, const char *group);
/* A name that useradd(8) takes: a-z or _, then a-z 0-9 _ -, at most 32; a $ may end it. */
bool is_account_name(const char *name);

/* A line from the terminal without echo, or from standard input; on the heap, null at the end of it. */
char *read_password(const char *prompt, bool from_stdin);
/* The hash that /etc/shadow (or passwd) has of it: "" lets everybody in, "*" and "!..." nobody. On the heap. */
char *password_hash(const struct passwd *user);
bool is_password(const char *password, const char *hash);
/* A new SHA-512 hash with salt from the kernel, on the heap. */
char *hash_password(const char *password);
/* Asks for the user's password where it has one; false after a wrong one. */
bool check_password(const struct passwd *user, const char *prompt, bool from_stdin);

/* All groups, gid and uid of the user, for good; exits with a message where that is not allowed. */
void become(const struct passwd *user, gid_t gid);
/* HOME, SHELL, USER, LOGNAME; `is_login`: a new environment with these, PATH and TERM. */
void set_user_environment(const struct passwd *user, const char *shell, bool is_login);
/* The user's shell, or /bin/sh if it has none. */
const char *shell_of(const struct passwd *user);

/*
 * Changes a file of lines that begin with a name and a colon: the line of `name` becomes `line` (null: it goes),
 * or is added. The new file replaces the old one at once, with its owner and mode; writers wait for each other.
 * False with errno.
 */
bool change_record(const char *file, const char *name, const char *line);

#endif
