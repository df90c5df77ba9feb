/* make: macros, rules and targets. POSIX's make, and of GNU's what makefiles use most: % rules, conditionals, functions. */
#ifndef MAKE_H
#define MAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>

/* Where a macro comes from: one of a lower origin does not replace one of a higher. */
enum make_origin { ORIGIN_DEFAULT, ORIGIN_ENVIRONMENT, ORIGIN_FILE, ORIGIN_COMMAND_LINE, ORIGIN_AUTOMATIC };

struct make_macro {
	char *name, *value;
	bool is_simple; /* := : expanded when it was set */
	bool is_exported, is_hidden; /* hidden: unexport names it */
	enum make_origin origin;
	struct make_macro *next;
};

struct make_words {
	char **items;
	size_t count, room;
};

struct make_rule {
	struct make_words prerequisites, ordered; /* behind |: made before, but never the reason */
	struct make_words recipe;                 /* lines, not expanded */
	const char *file;                         /* where the recipe stands */
	size_t line;
	struct make_rule *next;
};

struct make_target {
	char *name;
	struct make_rule *rules, **last; /* one with a recipe at most, unless they are double-colon rules */
	bool is_double, is_phony, is_precious, is_mentioned;
	enum { TARGET_NEW, TARGET_AT_WORK, TARGET_DONE } state;
	bool failed, changed;
	bool exists;
	struct timespec time;
	struct make_target *next;
};

/* %.o: %.c, or the suffix rule .c.o, which is the same. */
struct make_pattern {
	struct make_words targets, prerequisites;
	struct make_words recipe;
	bool is_default;
	const char *file;
	size_t line;
	struct make_pattern *next;
};

extern struct make_options {
	bool keeps_going, ignores_errors, is_dry, is_silent, touches, asks, always, environment_first, no_defaults, prints;
} make_flag;

/* words.c */
void make_add_word(struct make_words *words, const char *word);
void make_split(struct make_words *words, const char *text);
void make_free_words(struct make_words *words);
bool make_has_word(const struct make_words *words, const char *word);
/* Whether a % pattern fits: then *stem and its length are what % stands for. */
bool make_match(const char *pattern, const char *word, const char **stem, size_t *length);
char *make_substitute(const char *pattern, const char *stem, size_t length); /* on the heap */

/* library.c: where "(member)" begins in a target lib.a(member), or null. */
const char *make_member(const char *target);
/* The date of the member of such a target in its archive (whole seconds); false if it is not there. */
bool make_member_time(const char *target, struct timespec *time);
/* As make_split, and lib(a b) gives lib(a) and lib(b). */
void make_split_targets(struct make_words *words, const char *text);

/* macros.c */
struct make_macro *make_find(const char *name, size_t length);
void make_define(const char *name, const char *value, enum make_origin origin, bool is_simple);
char *make_expand(const char *text); /* on the heap */
extern bool make_exports_all; /* export without a name, or .EXPORT_ALL_VARIABLES */
void make_export_macros(void);
void make_print_macros(void);
void make_print_rules(void); /* rules.c: targets with what they are made of and how, as in a makefile */

/* functions.c: $(name arguments); false if there is no such function. */
struct text;
bool make_call(const char *text, size_t length, struct text *out);

/* parse.c */
void make_read(const char *file, bool is_optional);
void make_read_text(const char *text, const char *name);
bool make_parse_assignment(const char *line, enum make_origin origin);
_Noreturn void make_stop(const char *file, size_t line, const char *format, ...) __attribute__((format(printf, 3, 4)));
extern char *make_goal; /* the first target; null: there is none */

/* rules.c */
struct make_target *make_target(const char *name, bool makes);
struct make_rule *make_add_rule(struct make_target *target);
void make_add_pattern(struct make_pattern *pattern);
void make_set_suffixes(const struct make_words *suffixes); /* none: forgets them */
bool make_is_suffix_rule(const char *name, const char **from, const char **to);
/* The rule that makes the target from a file that is there or can be made; its prerequisites with the stem in them. */
const struct make_pattern *make_infer(const char *target, struct make_words *prerequisites, char **stem, int depth);
extern struct make_target *make_targets;
extern const char make_default_rules[];

/* build.c: false if it failed. */
bool make_build(const char *name);
bool make_update(struct make_target *target, const char *needed_by);
extern bool make_is_outdated; /* -q: something had to be done */
extern bool make_did_anything;

/* recipe.c */
struct make_automatic {
	const char *target, *first, *stem;
	const struct make_words *all, *newer;
};
bool make_run(const struct make_words *recipe, const struct make_automatic *automatic, struct make_target *target, const char *file, size_t line);

#endif
