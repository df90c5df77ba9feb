/* The grammar of find's expressions: alternatives of conjunctions of primaries. */
#include <stdio.h>
#include <string.h>

#include "find.h"
#include "tools.h"

static char **at;

bool find_evaluate(struct find_node *node, struct find_file *file)
{
	return node->test(node, file);
}

static bool test_and(struct find_node *node, struct find_file *file)
{
	return find_evaluate(node->left, file) && find_evaluate(node->right, file);
}

static bool test_or(struct find_node *node, struct find_file *file)
{
	return find_evaluate(node->left, file) || find_evaluate(node->right, file);
}

static bool test_list(struct find_node *node, struct find_file *file)
{
	find_evaluate(node->left, file);
	return find_evaluate(node->right, file);
}

static bool test_not(struct find_node *node, struct find_file *file)
{
	return !find_evaluate(node->left, file);
}

static struct find_node *make(bool (*test)(struct find_node *, struct find_file *), struct find_node *left, struct find_node *right)
{
	struct find_node *node = allocate(sizeof *node);
	*node = (struct find_node){.test = test, .left = left, .right = right};
	return node;
}

static bool is_word(const char *a, const char *b)
{
	return *at && (!strcmp(*at, a) || !strcmp(*at, b));
}

static bool is_operator(const char *word)
{
	return !strcmp(word, "-o") || !strcmp(word, "-or") || !strcmp(word, "-a") || !strcmp(word, "-and") || !strcmp(word, ",");
}

static struct find_node *parse_list(void);

static struct find_node *parse_unary(void)
{
	if (!*at)
		errx(1, "expected an expression after '%s'", at[-1]);
	const char *name = *at++;
	if (!strcmp(name, "!") || !strcmp(name, "-not"))
		return make(test_not, parse_unary(), NULL);
	if (!strcmp(name, "(")) {
		if (is_word(")", ")"))
			errx(1, "invalid expression; empty parentheses are not allowed.");
		struct find_node *inner = parse_list();
		if (!is_word(")", ")"))
			errx(1, "invalid expression; I was expecting to find a ')' somewhere but did not see one.");
		at++;
		return inner;
	}
	if (is_operator(name))
		errx(1, "invalid expression; you have used a binary operator '%s' with nothing before it.", name);
	struct find_node *primary = find_primary(name, &at);
	if (primary)
		return primary;
	if (name[0] == '-')
		errx(1, "unknown predicate `%s'", name);
	errx(1, "paths must precede expression: `%s'", name);
}

static struct find_node *parse_and(void)
{
	struct find_node *left = parse_unary();
	while (*at && !is_word("-o", "-or") && !is_word(")", ",")) {
		if (is_word("-a", "-and"))
			at++;
		left = make(test_and, left, parse_unary());
	}
	return left;
}

static struct find_node *parse_or(void)
{
	struct find_node *left = parse_and();
	while (is_word("-o", "-or")) {
		at++;
		left = make(test_or, left, parse_and());
	}
	return left;
}

static struct find_node *parse_list(void)
{
	struct find_node *left = parse_or();
	while (is_word(",", ",")) {
		at++;
		left = make(test_list, left, parse_or());
	}
	return left;
}

struct find_node *find_parse(char **argv)
{
	static char *print[] = {NULL};
	char **none = print;
	struct find_node *node = NULL;
	at = argv;
	if (*at) {
		node = parse_list();
		if (*at)
			errx(1, "invalid expression; you have too many ')'");
	}
	if (find_has_action)
		return node;
	struct find_node *action = find_primary("-print", &none);
	return node ? make(test_and, node, action) : action;
}
