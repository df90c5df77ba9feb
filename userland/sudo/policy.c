/* sudoers(5): who may run what as whom. User specifications, tags, Defaults timestamp_timeout, includes; no aliases. */
#include <ctype.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "sudo.h"
#include "tools.h"

#define POLICY_FILE "/etc/sudoers"
enum { INCLUDE_DEPTH = 8, DEFAULT_MINUTES = 15, SECONDS_PER_MINUTE = 60 };

struct rule {
	char *who, *host, *users, *groups, *command;
	bool needs_password, may_set_environment;
};
static struct rule *rules;
static size_t rule_count;
static double timeout_minutes = DEFAULT_MINUTES;

static noreturn void refuse(const char *file, int line, const char *why)
{
	errx(1, "%s:%d: %s", file, line, why);
}

static char *skip_blanks(char *at)
{
	while (*at == ' ' || *at == '\t')
		at++;
	return at;
}

static void trim(char *text)
{
	size_t length = strlen(text);
	while (length && isspace((unsigned char)text[length - 1]))
		text[--length] = 0;
}

/* "(users:groups)" in front of a command; without it the target is root. */
static char *take_runas(char *at, char **users, char **groups)
{
	if (*at != '(')
		return at;
	char *end = strchr(at, ')');
	if (!end)
		return NULL;
	*end = 0;
	char *colon = strchr(at, ':');
	if (colon)
		*colon = 0;
	*users = duplicate(skip_blanks(at + 1));
	trim(*users);
	*groups = colon ? duplicate(skip_blanks(colon + 1)) : NULL;
	if (*groups)
		trim(*groups);
	return skip_blanks(end + 1);
}

static char *take_tags(char *at, struct rule *rule)
{
	static const struct {
		const char *name;
		int password, environment; /* -1: as it was */
	} tags[] = {{"NOPASSWD:", 0, -1}, {"PASSWD:", 1, -1}, {"SETENV:", -1, 1}, {"NOSETENV:", -1, 0}};
	for (size_t i = 0; i < sizeof tags / sizeof *tags;) {
		size_t length = strlen(tags[i].name);
		if (strncmp(at, tags[i].name, length)) {
			i++;
			continue;
		}
		if (tags[i].password >= 0)
			rule->needs_password = tags[i].password;
		if (tags[i].environment >= 0)
			rule->may_set_environment = tags[i].environment;
		at = skip_blanks(at + length);
		i = 0;
	}
	return at;
}

/* WHO HOST = [(RUNAS)] [TAGS] COMMAND, ... */
static bool parse_rule(char *line)
{
	char *who = strtok(line, " \t"), *host = strtok(NULL, "="), *list = strtok(NULL, "");
	if (!who || !host || !list)
		return false;
	trim(host);
	struct rule rule = {who, skip_blanks(host), "root", NULL, NULL, true, false};
	for (char *at = skip_blanks(list), *next; at; at = next) {
		at = take_runas(at, &rule.users, &rule.groups);
		if (!at)
			return false;
		at = take_tags(at, &rule);
		next = strchr(at, ',');
		if (next)
			*next++ = 0;
		trim(at);
		if (!*at || (*at != '/' && *at != '!' && strcmp(at, "ALL")))
			return false;
		rules = reallocate(rules, (rule_count + 1) * sizeof *rules);
		rules[rule_count] = rule;
		rules[rule_count].who = duplicate(rule.who);
		rules[rule_count].host = duplicate(rule.host);
		rules[rule_count++].command = duplicate(at);
		next = next ? skip_blanks(next) : NULL;
	}
	return true;
}

static void read_file_of_rules(const char *file, int depth);

static void include_folder(const char *folder, int depth)
{
	char **names = folder_names(folder);
	for (char **name = names; name && *name; name++) {
		/* Backups and packagers' leftovers are no rules. */
		if (strchr(*name, '.') || (*name)[strlen(*name) - 1] == '~')
			continue;
		char *path = path_join(folder, *name);
		read_file_of_rules(path, depth);
		free(path);
	}
	if (names)
		free_names(names);
}

static void read_defaults(const char *line)
{
	const char *timeout = strstr(line, "timestamp_timeout");
	if (timeout && strchr(timeout, '='))
		timeout_minutes = strtod(strchr(timeout, '=') + 1, NULL);
}

static void read_line_of_rules(const char *file, int number, char *line, int depth)
{
	char *at = skip_blanks(line);
	bool is_include = *at == '@' || !strncmp(at, "#include", 8);
	if (*at == '#' && !is_include)
		return;
	char *comment = is_include ? NULL : strstr(at, " #");
	if (comment)
		*comment = 0;
	trim(at);
	if (!*at)
		return;
	if (is_include) {
		char *path = skip_blanks(at + strcspn(at, " \t"));
		if (!strncmp(at + 1, "includedir", 10))
			include_folder(path, depth + 1);
		else
			read_file_of_rules(path, depth + 1);
	} else if (!strncmp(at, "Defaults", 8)) {
		read_defaults(at);
	} else if (!parse_rule(at)) {
		refuse(file, number, "syntax error; WHO HOST=(USER:GROUP) COMMAND, ... is expected");
	}
}

static void read_file_of_rules(const char *file, int depth)
{
	struct stat about;
	FILE *input = fopen(file, "re");
	if (!input)
		err(1, "%s", file);
	if (fstat(fileno(input), &about) < 0 || about.st_uid || about.st_mode & S_IWOTH || (about.st_mode & S_IWGRP && about.st_gid))
		errx(1, "%s is not root's alone to change", file);
	if (depth > INCLUDE_DEPTH)
		errx(1, "%s: includes go too deep", file);
	char *line = NULL;
	size_t capacity = 0;
	struct text whole = {0};
	for (int number = 1; read_line(input, &line, &capacity, NULL) >= 0; number++) {
		size_t length = strlen(line);
		if (length && line[length - 1] == '\\') {
			text_add(&whole, line, length - 1);
			continue;
		}
		text_string(&whole, line);
		read_line_of_rules(file, number, whole.data, depth);
		text_clear(&whole);
	}
	text_free(&whole);
	free(line);
	fclose(input);
}

void sudo_read_policy(void)
{
	read_file_of_rules(POLICY_FILE, 0);
}

/* One word of a list of users: ALL, a name, %group, #number; with ! in front the other way round: -1, 0 (says nothing) or 1. */
static int judge_word(const char *word, const struct passwd *user)
{
	bool is_negated = *word == '!';
	word += is_negated;
	bool is_match = !strcmp(word, "ALL") || !strcmp(word, user->pw_name) || (*word == '%' && is_member(user, word + 1)) ||
		(*word == '#' && strtoul(word + 1, NULL, 10) == user->pw_uid);
	return !is_match ? 0 : is_negated ? -1 : 1;
}

static bool is_listed(const char *list, const struct passwd *user)
{
	char *copy = duplicate(list), *rest = copy;
	int last = 0;
	for (char *word; (word = strsep(&rest, ", \t"));) {
		int verdict = *word ? judge_word(word, user) : 0;
		last = verdict ? verdict : last;
	}
	free(copy);
	return last > 0;
}

static bool is_group_listed(const char *list, const char *group)
{
	char *copy = duplicate(list), *rest = copy;
	bool is_found = false;
	for (char *word; (word = strsep(&rest, ", \t"));)
		is_found |= !strcmp(word, "ALL") || !strcmp(word, group);
	free(copy);
	return is_found;
}

static bool is_this_host(const char *host)
{
	char name[256];
	return !strcmp(host, "ALL") || (gethostname(name, sizeof name) == 0 && !strcmp(host, name));
}

/* The same file under the same last name: /bin and /usr/bin may be one folder. */
static bool is_same_file(const char *path, const char *command)
{
	struct stat a, b;
	return !strcmp(path_name(path), path_name(command)) && stat(path, &a) == 0 && stat(command, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static bool is_command(const char *pattern, const struct sudo_request *request)
{
	if (!strcmp(pattern, "ALL"))
		return true;
	size_t length = strcspn(pattern, " \t");
	char *path = duplicate_range(pattern, length), *words = skip_blanks((char *)pattern + length);
	bool is_match = length && path[length - 1] == '/' ? !strncmp(path, request->command, length) && !strchr(request->command + length, '/') :
		fnmatch(path, request->command, FNM_PATHNAME) == 0 || is_same_file(path, request->command);
	free(path);
	/* Without arguments in the rule any go; "" allows none. */
	if (!is_match || !*words)
		return is_match;
	struct text given = {0};
	text_string(&given, "");
	for (char **word = request->arguments; *word; word++)
		text_format(&given, "%s%s", given.length ? " " : "", *word);
	is_match = !strcmp(words, "\"\"") ? !given.length : fnmatch(words, given.data, 0) == 0;
	text_free(&given);
	return is_match;
}

struct sudo_verdict sudo_judge(const struct sudo_request *request)
{
	struct sudo_verdict verdict = {0};
	for (size_t i = 0; i < rule_count; i++) {
		const struct rule *rule = &rules[i];
		bool is_negated = *rule->command == '!';
		if (!is_listed(rule->who, request->caller) || !is_this_host(rule->host) || !is_listed(rule->users, request->target))
			continue;
		if (request->group && !(rule->groups && is_group_listed(rule->groups, request->group)))
			continue;
		if (is_command(rule->command + is_negated, request))
			verdict = (struct sudo_verdict){!is_negated, rule->needs_password, rule->may_set_environment};
	}
	return verdict;
}

bool sudo_list(const struct passwd *caller)
{
	char host[256] = "";
	bool has_any = false;
	gethostname(host, sizeof host - 1);
	for (size_t i = 0; i < rule_count; i++) {
		const struct rule *rule = &rules[i];
		if (!is_listed(rule->who, caller) || !is_this_host(rule->host))
			continue;
		if (!has_any)
			printf("User %s may run the following commands on %s:\n", caller->pw_name, host);
		has_any = true;
		printf("    (%s%s%s) %s%s%s\n", rule->users, rule->groups ? " : " : "", rule->groups ? rule->groups : "", rule->may_set_environment ? "SETENV: " : "",
		       rule->needs_password ? "" : "NOPASSWD: ", rule->command);
	}
	return has_any;
}

long sudo_timeout(void)
{
	return (long)(timeout_minutes * SECONDS_PER_MINUTE);
}
