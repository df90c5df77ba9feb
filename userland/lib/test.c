/* test and [, https://pubs.opengroup.org/onlinepubs/9799919799/utilities/test.html, with -nt -ot
 * -ef. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools.h"

enum { MISUSE = 2 };

struct parser {
	char **next, **end;
	const char *program;
	bool failed; /* misuse was reported */
};

static bool parse_or(struct parser *parser);

static bool fail(struct parser *parser, const char *word, const char *message)
{
	if (!parser->failed)
		fprintf(stderr, "%s: %s%s%s\n", parser->program, word, *word ? ": " : "", message);
	parser->failed = true;
	return false;
}

static intmax_t number(struct parser *parser, const char *word)
{
	char *end;
	errno = 0;
	intmax_t value = strtoimax(word, &end, 10);
	if (end != word)
		end += strspn(end, " \t\n");
	if (end == word || *end || errno)
		fail(parser, word, "integer expression expected");
	return value;
}

static bool mode_is(const char *path, mode_t type)
{
	struct stat status;
	return stat(path, &status) == 0 && (status.st_mode & S_IFMT) == type;
}

static bool has_bit(const char *path, mode_t bit)
{
	struct stat status;
	return stat(path, &status) == 0 && (status.st_mode & bit);
}

static bool is_link(const char *path)
{
	struct stat status;
	return lstat(path, &status) == 0 && S_ISLNK(status.st_mode);
}

static bool owned(const char *path, bool group)
{
	struct stat status;
	if (stat(path, &status) < 0)
		return false;
	return group ? status.st_gid == getegid() : status.st_uid == geteuid();
}

static bool not_empty(const char *path)
{
	struct stat status;
	return stat(path, &status) == 0 && status.st_size > 0;
}

static bool is_unary(const char *word)
{
	return word[0] == '-' && word[1] && !word[2] && strchr("bcdefghkLnprsStuwxzOG", word[1]);
}

static bool unary(struct parser *parser, char operator, const char *word)
{
	switch (operator) {
	case 'b': return mode_is(word, S_IFBLK);
	case 'c': return mode_is(word, S_IFCHR);
	case 'd': return mode_is(word, S_IFDIR);
	case 'f': return mode_is(word, S_IFREG);
	case 'p': return mode_is(word, S_IFIFO);
	case 'S': return mode_is(word, S_IFSOCK);
	case 'h':
	case 'L': return is_link(word);
	case 'e': return access(word, F_OK) == 0;
	case 'r': return faccessat(AT_FDCWD, word, R_OK, AT_EACCESS) == 0;
	case 'w': return faccessat(AT_FDCWD, word, W_OK, AT_EACCESS) == 0;
	case 'x': return faccessat(AT_FDCWD, word, X_OK, AT_EACCESS) == 0;
	case 'g': return has_bit(word, S_ISGID);
	case 'k': return has_bit(word, S_ISVTX);
	case 'u': return has_bit(word, S_ISUID);
	case 's': return not_empty(word);
	case 'O': return owned(word, false);
	case 'G': return owned(word, true);
	case 't': return isatty((int)number(parser, word));
	case 'n': return *word != 0;
	default: return *word == 0; /* z */
	}
}

static const char *const binaries[] = {"=",   "==",  "!=",  "<",   ">",   "-eq", "-ne", "-lt",
                                       "-le", "-gt", "-ge", "-nt", "-ot", "-ef", NULL};
enum binary { EQUAL, SAME, DIFFERENT, BEFORE, AFTER, EQ, NE, LT, LE, GT, GE, NT, OT, EF, NONE };

static enum binary binary_operator(const char *word)
{
	int i = 0;
	while (binaries[i] && strcmp(binaries[i], word))
		i++;
	return (enum binary)i;
}

/* -nt, -ot, -ef. A file that is missing is older than any that is there. */
static bool compare_files(enum binary operator, const char *left, const char *right)
{
	struct stat a, b;
	bool has_a = stat(left, &a) == 0, has_b = stat(right, &b) == 0;
	if (operator == EF)
		return has_a && has_b && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
	if (!has_a || !has_b)
		return operator == NT ? has_a : has_b;
	if (a.st_mtim.tv_sec != b.st_mtim.tv_sec)
		return (a.st_mtim.tv_sec > b.st_mtim.tv_sec) == (operator == NT);
	return operator == NT ? a.st_mtim.tv_nsec > b.st_mtim.tv_nsec
	                      : a.st_mtim.tv_nsec < b.st_mtim.tv_nsec;
}

static bool binary(struct parser *parser, const char *left, enum binary operator, const char *right)
{
	if (operator >= NT)
		return compare_files(operator, left, right);
	if (operator <= AFTER) {
		int order = strcmp(left, right);
		return operator == DIFFERENT ? order != 0
		     : operator == BEFORE    ? order < 0
		     : operator == AFTER     ? order > 0
		                             : order == 0;
	}
	intmax_t a = number(parser, left), b = parser->failed ? 0 : number(parser, right);
	switch (operator) {
	case EQ: return a == b;
	case NE: return a != b;
	case LT: return a < b;
	case LE: return a <= b;
	case GT: return a > b;
	default: return a >= b;
	}
}

static bool parse_primary(struct parser *parser)
{
	long left = parser->end - parser->next;
	if (left <= 0)
		return fail(parser, "", "argument expected");
	char **word = parser->next;
	if (left >= 3 && binary_operator(word[1]) != NONE) {
		parser->next += 3;
		return binary(parser, word[0], binary_operator(word[1]), word[2]);
	}
	if (!strcmp(word[0], "(") && left > 1) {
		parser->next++;
		bool value = parse_or(parser);
		if (parser->next >= parser->end || strcmp(*parser->next, ")"))
			return fail(parser, "", "closing paren expected");
		parser->next++;
		return value;
	}
	if (left >= 2 && is_unary(word[0])) {
		parser->next += 2;
		return unary(parser, word[0][1], word[1]);
	}
	parser->next++;
	return word[0][0] != 0;
}

static bool parse_not(struct parser *parser)
{
	if (parser->end - parser->next > 1 && !strcmp(*parser->next, "!")) {
		parser->next++;
		return !parse_not(parser);
	}
	return parse_primary(parser);
}

static bool accept(struct parser *parser, const char *word)
{
	if (parser->next >= parser->end || strcmp(*parser->next, word))
		return false;
	parser->next++;
	return true;
}

static bool parse_and(struct parser *parser)
{
	bool value = parse_not(parser);
	while (accept(parser, "-a"))
		value = parse_not(parser) && value;
	return value;
}

static bool parse_or(struct parser *parser)
{
	bool value = parse_and(parser);
	while (accept(parser, "-o"))
		value = parse_and(parser) || value;
	return value;
}

/* POSIX fixes the meaning of up to four arguments by their count. */
static bool evaluate(struct parser *parser)
{
	long count = parser->end - parser->next;
	char **word = parser->next;
	bool in_parens = count > 1 && !strcmp(word[0], "(") && !strcmp(word[count - 1], ")");
	if (count == 3 && binary_operator(word[1]) != NONE) {
		parser->next = parser->end;
		return binary(parser, word[0], binary_operator(word[1]), word[2]);
	}
	if (count == 3 && (!strcmp(word[1], "-a") || !strcmp(word[1], "-o"))) {
		parser->next = parser->end;
		return word[1][1] == 'a' ? *word[0] && *word[2] : *word[0] || *word[2];
	}
	if (count > 1 && count < 5 && !strcmp(word[0], "!")) {
		parser->next++;
		return !evaluate(parser);
	}
	if ((count == 3 || count == 4) && in_parens) {
		parser->next++;
		parser->end--;
		return evaluate(parser);
	}
	if (count == 2 && !strcmp(word[0], "-a")) { /* bash's; dash finds no such file either */
		parser->next = parser->end;
		return access(word[1], F_OK) == 0;
	}
	if (count == 0)
		return false;
	if (count == 1) {
		parser->next++;
		return *word[0] != 0;
	}
	return parse_or(parser);
}

int test_command(int argc, char **argv)
{
	struct parser parser = {argv + 1, argv + argc, argv[0], false};
	if (!strcmp(argv[0], "[")) {
		if (argc < 2 || strcmp(argv[argc - 1], "]")) {
			fprintf(stderr, "[: missing ]\n");
			return MISUSE;
		}
		parser.end--;
	}
	bool value = evaluate(&parser);
	if (!parser.failed && parser.next < parser.end)
		fail(&parser, *parser.next, "unexpected operator");
	return parser.failed ? MISUSE : !value;
}
