/* Parts of sudo: the policy of /etc/sudoers, and the times when users last proved who they are. */
#ifndef SUDO_H
#define SUDO_H

#include <stdbool.h>
#include <stddef.h>

#include "accounts.h"

struct sudo_request {
	const struct passwd *caller, *target;
	const char *group;   /* -g, or a null pointer */
	const char *command; /* full path */
	char **arguments;    /* of the command, without its name */
};

struct sudo_verdict {
	bool is_allowed;
	bool needs_password;
	bool may_set_environment; /* SETENV: */
};

/* Reads /etc/sudoers (and what it includes); exits with a message where it is unsafe or wrong. */
void sudo_read_policy(void);
/* The last rule that matches decides. */
struct sudo_verdict sudo_judge(const struct sudo_request *request);
/* sudo -l: the caller's rules; false if there are none. */
bool sudo_list(const struct passwd *caller);
/* Seconds that a password stays good: Defaults timestamp_timeout. */
long sudo_timeout(void);

/* Whether the caller gave a password on this terminal not long ago. */
bool sudo_is_fresh(const struct passwd *caller);
void sudo_remember(const struct passwd *caller);
void sudo_forget(const struct passwd *caller);

#endif
