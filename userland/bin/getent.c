/*
 * getent: entries of the system's databases
 * https://man7.org/linux/man-pages/man1/getent.1.html
 *
 * Usage: getent DATABASE [KEY]...
 *   DATABASE is passwd, group, shadow, hosts, services, protocols or networks
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "tools.h"

enum { UNKNOWN_DATABASE = 1, NOT_FOUND = 2 };

static const struct database {
	const char *name, *file;
	bool has_colons; /* else columns */
} DATABASES[] = {{"passwd", "/etc/passwd", true}, {"group", "/etc/group", true}, {"shadow", "/etc/shadow", true}, {"hosts", "/etc/hosts", false},
	{"services", "/etc/services", false}, {"protocols", "/etc/protocols", false}, {"networks", "/etc/networks", false}};

static const struct database *database;

/* The name in the first field, or the number in the third. */
static bool has_colon_key(const char *line, const char *key)
{
	size_t length = strlen(key);
	if (!strncmp(line, key, length) && line[length] == ':')
		return true;
	const char *number = strchr(line, ':');
	number = number ? strchr(number + 1, ':') : NULL;
	return number && isdigit((unsigned char)*key) && strcmp(database->name, "shadow") && !strncmp(number + 1, key, length) && number[1 + length] == ':';
}

static bool has_word(const char *line, const char *key)
{
	char *copy = duplicate(line), *rest = copy;
	bool is_found = false;
	for (char *word; (word = strsep(&rest, " \t"));)
		is_found |= *word && !strcmp(word, key);
	free(copy);
	return is_found;
}

/* A name or a port, and with a slash behind it the protocol. */
static bool has_service(const char *line, const char *key)
{
	size_t length = strcspn(key, "/");
	const char *port = line + strcspn(line, " \t"), *protocol = key + length;
	port += strspn(port, " \t");
	const char *slash = port + strcspn(port, "/ \t");
	size_t protocol_length = strcspn(slash, " \t");
	if (*protocol && (strlen(protocol) != protocol_length || strncmp(slash, protocol, protocol_length)))
		return false;
	if (isdigit((unsigned char)*key))
		return (size_t)(slash - port) == length && !strncmp(port, key, length);
	char *name = duplicate_range(key, length);
	bool is_found = has_word(line, name);
	free(name);
	return is_found;
}

static bool has_key(const char *line, const char *key)
{
	if (database->has_colons)
		return has_colon_key(line, key);
	return strcmp(database->name, "services") ? has_word(line, key) : has_service(line, key);
}

/* The first column in 15 places (hosts) or 21, the others by one blank. */
static void print_columns(char *line)
{
	int width = strcmp(database->name, "hosts") ? 21 : 15;
	bool is_first = true;
	for (char *word; (word = strsep(&line, " \t"));) {
		if (!*word)
			continue;
		printf("%s%-*s", is_first ? "" : " ", is_first ? width : 0, word);
		is_first = false;
	}
	putchar('\n');
}

/* Prints what has the key (null: all); false if nothing has. */
static bool print_entries(const char *key)
{
	FILE *input = fopen(database->file, "re");
	char *line = NULL;
	size_t capacity = 0;
	bool is_found = false;
	while (input && read_line(input, &line, &capacity, NULL) >= 0 && !(key && is_found)) {
		if (!database->has_colons)
			line[strcspn(line, "#")] = 0;
		if (!*line || (key && !has_key(line, key)))
			continue;
		is_found = true;
		if (database->has_colons)
			puts(line);
		else
			print_columns(line);
	}
	if (input)
		fclose(input);
	free(line);
	return is_found;
}

int main(int argc, char **argv)
{
	int status = 0;
	while (next_option(argc, argv, "") != -1)
		;
	if (!argv[optind])
		usage_error("wrong number of arguments");
	for (size_t i = 0; i < sizeof DATABASES / sizeof *DATABASES; i++)
		if (!strcmp(DATABASES[i].name, argv[optind]))
			database = &DATABASES[i];
	if (!database) {
		fprintf(stderr, "Unknown database: %s\n", argv[optind]);
		return UNKNOWN_DATABASE;
	}
	if (!argv[optind + 1])
		print_entries(NULL);
	for (char **key = argv + optind + 1; *key; key++)
		if (!print_entries(*key))
			status = NOT_FOUND;
	return status;
}
