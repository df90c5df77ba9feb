/* Targets, and rules that are inferred. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "make.h"
#include "tools.h"

enum { MAX_CHAIN = 8 };

struct make_target *make_targets;
static struct make_target **last_target = &make_targets;
static struct make_pattern *patterns, **last_pattern = &patterns;
static struct make_words suffixes;

/* XCU make, "Default Rules"; with the recipes' names that makefiles change. */
const char make_default_rules[] =
	".SUFFIXES: .o .c .y .l .a .sh .s .S .cc .cpp\n"
	"AR=ar\nARFLAGS=-rv\nYACC=yacc\nYFLAGS=\nLEX=lex\nLFLAGS=\nLDFLAGS=\nLDLIBS=\nCC=cc\nCXX=c++\nCFLAGS=\nCXXFLAGS=\nCPPFLAGS=\nAS=as\nASFLAGS=\nRM=rm -f\nMAKE=make\n"
	".c:\n\t$(CC) $(CFLAGS) $(CPPFLAGS) $(LDFLAGS) $< $(LDLIBS) -o $@\n"
	".sh:\n\tcat $< >$@\n\tchmod a+x $@\n"
	".c.o:\n\t$(CC) $(CFLAGS) $(CPPFLAGS) $(TARGET_ARCH) -c -o $@ $<\n"
	".cc.o:\n\t$(CXX) $(CXXFLAGS) $(CPPFLAGS) $(TARGET_ARCH) -c -o $@ $<\n"
	".cpp.o:\n\t$(CXX) $(CXXFLAGS) $(CPPFLAGS) $(TARGET_ARCH) -c -o $@ $<\n"
	".s.o:\n\t$(AS) $(ASFLAGS) -o $@ $<\n"
	".S.o:\n\t$(CC) $(ASFLAGS) $(CPPFLAGS) $(TARGET_ARCH) -c -o $@ $<\n"
	".y.c:\n\t$(YACC) $(YFLAGS) $<\n\tmv y.tab.c $@\n"
	".l.c:\n\t$(LEX) $(LFLAGS) $<\n\tmv lex.yy.c $@\n"
	"(%): %\n\t$(AR) $(ARFLAGS) $@ $<\n"
	".c.a:\n\t$(CC) -c $(CFLAGS) $<\n\t$(AR) $(ARFLAGS) $@ $*.o\n\trm -f $*.o\n"
	"%: %.o\n\t$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@\n";

struct make_target *make_target(const char *name, bool makes)
{
	/* "./x" is "x". */
	while (!strncmp(name, "./", 2) && name[2]) {
		name += 2;
		name += strspn(name, "/");
	}
	for (struct make_target *target = make_targets; target; target = target->next)
		if (!strcmp(target->name, name))
			return target;
	if (!makes)
		return NULL;
	struct make_target *target = allocate(sizeof *target);
	*target = (struct make_target){.name = duplicate(name)};
	target->last = &target->rules;
	*last_target = target;
	last_target = &target->next;
	return target;
}

struct make_rule *make_add_rule(struct make_target *target)
{
	struct make_rule *rule = allocate(sizeof *rule);
	*rule = (struct make_rule){0};
	*target->last = rule;
	target->last = &rule->next;
	return rule;
}

static bool is_same(const struct make_words *a, const struct make_words *b)
{
	for (size_t i = 0; i < a->count && a->count == b->count; i++)
		if (strcmp(a->items[i], b->items[i]))
			return false;
	return a->count == b->count;
}

/* Those of makefiles come before the built-in ones, and replace the same ones. */
void make_add_pattern(struct make_pattern *pattern)
{
	for (struct make_pattern **at = &patterns; *at; at = &(*at)->next) {
		if (!is_same(&(*at)->targets, &pattern->targets) || !is_same(&(*at)->prerequisites, &pattern->prerequisites))
			continue;
		pattern->next = (*at)->next;
		if (last_pattern == &(*at)->next)
			last_pattern = &pattern->next;
		*at = pattern;
		return;
	}
	pattern->is_default = !strcmp(pattern->file, "built-in");
	struct make_pattern **place = &patterns;
	while (*place && (!(*place)->is_default || pattern->is_default))
		place = &(*place)->next;
	pattern->next = *place;
	*place = pattern;
	if (!pattern->next)
		last_pattern = &pattern->next;
}

void make_set_suffixes(const struct make_words *added)
{
	if (!added->count)
		make_free_words(&suffixes);
	for (size_t i = 0; i < added->count; i++)
		if (!make_has_word(&suffixes, added->items[i]))
			make_add_word(&suffixes, added->items[i]);
}

/* ".c.o", or ".c" alone, of known suffixes. */
bool make_is_suffix_rule(const char *name, const char **from, const char **to)
{
	if (*name != '.' || strchr(name, '/'))
		return false;
	for (size_t i = 0; i < suffixes.count; i++) {
		size_t length = strlen(suffixes.items[i]);
		if (strncmp(name, suffixes.items[i], length))
			continue;
		if (name[length] && !make_has_word(&suffixes, name + length))
			continue;
		*from = suffixes.items[i];
		*to = name[length] ? name + length : "";
		return true;
	}
	return false;
}

static bool is_there(const char *name)
{
	const struct make_target *target = make_target(name, false);
	return !access(name, F_OK) || (target && (target->rules || target->is_mentioned));
}

/* Prerequisites of the pattern with the stem in them. A pattern without a slash fits the last part of a path. */
static bool fits(const struct make_pattern *pattern, const char *target, struct make_words *prerequisites, char **stem)
{
	const char *slash = strrchr(target, '/'), *found;
	size_t length;
	for (size_t i = 0; i < pattern->targets.count; i++) {
		const char *shape = pattern->targets.items[i], *member = *shape == '(' ? make_member(target) : NULL;
		if (*shape == '(' && !member)
			continue;
		const char *name = member ? member : strchr(shape, '/') || !slash ? target : slash + 1;
		if (!make_match(shape, name, &found, &length) || (!length && strcmp(shape, "%")))
			continue;
		int folder = member ? 0 : (int)(name - target);
		*stem = format_text("%.*s%.*s", folder, target, (int)length, found);
		bool is_ordered = false;
		for (size_t j = 0; j < pattern->prerequisites.count; j++) {
			const char *prerequisite = pattern->prerequisites.items[j];
			is_ordered |= !strcmp(prerequisite, "|");
			if (is_ordered)
				continue;
			char *made = make_substitute(prerequisite, found, length);
			char *word = format_text("%.*s%s", strchr(prerequisite, '%') && !strchr(prerequisite, '/') ? folder : 0, target, made);
			make_add_word(prerequisites, word);
			free(word);
			free(made);
		}
		return true;
	}
	return false;
}

static bool can_be_made(const char *name, int depth)
{
	struct make_words prerequisites = {0};
	char *stem = NULL;
	bool made = make_infer(name, &prerequisites, &stem, depth + 1) != NULL;
	make_free_words(&prerequisites);
	free(stem);
	return made;
}

/* First a rule whose prerequisites are there; then one of which they can be made. */
const struct make_pattern *make_infer(const char *target, struct make_words *prerequisites, char **stem, int depth)
{
	if (depth > MAX_CHAIN)
		return NULL;
	for (int pass = 0; pass < 2; pass++) {
		for (const struct make_pattern *pattern = patterns; pattern; pattern = pattern->next) {
			/* A rule for anything is not used to make what another rule needs. */
			bool is_any = !strcmp(pattern->targets.items[0], "%");
			if (!pattern->recipe.count || (depth && is_any) || (pass && is_any && pattern->is_default))
				continue;
			if (!fits(pattern, target, prerequisites, stem))
				continue;
			bool all = true;
			for (size_t i = 0; i < prerequisites->count && all; i++) {
				const char *name = prerequisites->items[i];
				all = strcmp(name, target) && (is_there(name) || (pass && can_be_made(name, depth)));
			}
			if (all)
				return pattern;
			make_free_words(prerequisites);
			free(*stem);
			*stem = NULL;
		}
	}
	return NULL;
}

static void print_rule(const char *targets, const char *colon, const struct make_words *prerequisites, const struct make_words *ordered, const struct make_words *recipe)
{
	printf("%s%s", targets, colon);
	for (size_t i = 0; i < prerequisites->count; i++)
		printf(" %s", prerequisites->items[i]);
	for (size_t i = 0; ordered && i < ordered->count; i++)
		printf("%s %s", i ? "" : " |", ordered->items[i]);
	putchar('\n');
	for (size_t i = 0; i < recipe->count; i++)
		printf("\t%s\n", recipe->items[i]);
}

void make_print_rules(void)
{
	for (const struct make_target *target = make_targets; target; target = target->next)
		for (const struct make_rule *rule = target->rules; rule; rule = rule->next)
			print_rule(target->name, target->is_double ? "::" : ":", &rule->prerequisites, &rule->ordered, &rule->recipe);
	for (const struct make_pattern *pattern = patterns; pattern; pattern = pattern->next)
		for (size_t i = 0; i < pattern->targets.count; i++)
			print_rule(pattern->targets.items[i], ":", &pattern->prerequisites, NULL, &pattern->recipe);
}
