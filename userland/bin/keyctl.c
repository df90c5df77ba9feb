/*
 * keyctl: keys that the kernel keeps
 * https://man7.org/linux/man-pages/man1/keyctl.1.html
 *
 * Usage: keyctl add TYPE DESCRIPTION DATA KEYRING
 *        keyctl padd TYPE DESCRIPTION KEYRING
 *        keyctl print|revoke KEY
 *        keyctl search KEYRING TYPE DESCRIPTION
 *        keyctl unlink KEY KEYRING
 * padd reads the data from its input. A TYPE is user or logon (which nobody can read); a KEYRING is @t, @p, @s, @u,
 * @us (of thread, process, session, user, user's session) or a number; a KEY is a number.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tools.h"

enum { REVOKE = 3, UNLINK = 9, SEARCH = 10, READ = 11, MAX_DATA = 32767 };

static long key_number(const char *text)
{
	static const char *const rings[] = {"@t", "@p", "@s", "@u", "@us"};
	char *end;
	for (int i = 0; i < 5; i++)
		if (strcmp(text, rings[i]) == 0)
			return -1 - i;
	long number = strtol(text, &end, 0);
	if (*end || end == text)
		usage_error("no key is called '%s'", text);
	return number;
}

static int add(const char *type, const char *description, const void *data, size_t length, const char *ring)
{
	long key = syscall(SYS_add_key, type, description, data, length, key_number(ring));
	if (key < 0)
		err(1, "add_key");
	printf("%ld\n", key);
	return 0;
}

static int add_input(const char *type, const char *description, const char *ring)
{
	char *data = allocate(MAX_DATA + 1);
	size_t length = fread(data, 1, MAX_DATA + 1, stdin);
	if (ferror(stdin))
		err(1, "standard input");
	if (length > MAX_DATA)
		errx(1, "more than %d bytes", MAX_DATA);
	int status = add(type, description, data, length, ring);
	free(data);
	return status;
}

static int print_key(long key)
{
	unsigned char *data = allocate(MAX_DATA);
	long length = syscall(SYS_keyctl, READ, key, data, MAX_DATA);
	bool printable = true;
	if (length < 0)
		err(1, "keyctl_read");
	for (long i = 0; i < length; i++)
		printable &= isprint(data[i]) != 0;
	if (!printable)
		printf(":hex:");
	for (long i = 0; i < length; i++)
		printf(printable ? "%c" : "%02x", data[i]);
	putchar('\n');
	free(data);
	return 0;
}

static int call(long status, const char *name)
{
	if (status < 0)
		err(1, "%s", name);
	return 0;
}

int main(int argc, char **argv)
{
	while (next_option(argc, argv, "+") != -1)
		continue;
	int count = argc - optind;
	char **words = argv + optind;
	const char *verb = count > 0 ? words[0] : "";
	if (count == 5 && strcmp(verb, "add") == 0)
		return add(words[1], words[2], words[3], strlen(words[3]), words[4]);
	if (count == 4 && strcmp(verb, "padd") == 0)
		return add_input(words[1], words[2], words[3]);
	if (count == 2 && strcmp(verb, "print") == 0)
		return print_key(key_number(words[1]));
	if (count == 2 && strcmp(verb, "revoke") == 0)
		return call(syscall(SYS_keyctl, REVOKE, key_number(words[1])), "keyctl_revoke");
	if (count == 3 && strcmp(verb, "unlink") == 0)
		return call(syscall(SYS_keyctl, UNLINK, key_number(words[1]), key_number(words[2])), "keyctl_unlink");
	if (count == 4 && strcmp(verb, "search") == 0) {
		long key = syscall(SYS_keyctl, SEARCH, key_number(words[1]), words[2], words[3], 0);
		if (key >= 0)
			printf("%ld\n", key);
		return call(key, "keyctl_search");
	}
	usage_error("add, padd, print, revoke, search or unlink");
}
