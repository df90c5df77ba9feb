/* Bringing targets up to date, prerequisites first. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "make.h"
#include "tools.h"

bool make_is_outdated, make_did_anything;

static void look(struct make_target *target)
{
	struct stat status;
	if (make_member(target->name) && !target->is_phony) {
		target->exists = make_member_time(target->name, &target->time);
		return;
	}
	target->exists = !target->is_phony && !stat(target->name, &status);
	if (target->exists)
		target->time = status.st_mtim;
}

static bool is_newer(const struct make_target *a, const struct make_target *b)
{
	/* An archive's dates have no fractions. */
	if (a->time.tv_sec == b->time.tv_sec && make_member(b->name))
		return false;
	return a->time.tv_sec != b->time.tv_sec ? a->time.tv_sec > b->time.tv_sec : a->time.tv_nsec > b->time.tv_nsec;
}

static void add_all(struct make_words *to, const struct make_words *from)
{
	for (size_t i = 0; i < from->count; i++)
		if (!make_has_word(to, from->items[i]))
			make_add_word(to, from->items[i]);
}

struct plan {
	struct make_words prerequisites, ordered;
	const struct make_words *recipe;
	const char *file, *first; /* first: what $< is */
	size_t line;
	char *stem;
};

/* True if what is asked for is there; says so where not. */
static bool update_all(struct make_target *target, const struct make_words *names)
{
	bool good = true;
	for (size_t i = 0; i < names->count; i++) {
		struct make_target *prerequisite = make_target(names->items[i], true);
		if (prerequisite->state == TARGET_AT_WORK) {
			fflush(stdout);
			fprintf(stderr, "%s: Circular %s <- %s dependency dropped.\n", program_name(), target->name, prerequisite->name);
			continue;
		}
		if (make_update(prerequisite, target->name))
			continue;
		good = false;
		if (!make_flag.keeps_going)
			return false;
	}
	return good;
}

static bool touch(const char *name)
{
	if (make_member(name)) {
		fprintf(stderr, "%s: *** -t: the date of a member of an archive is set by ar alone: %s\n", program_name(), name);
		return false;
	}
	make_did_anything = true;
	if (!make_flag.is_silent)
		printf("touch %s\n", name);
	FILE *file = fopen(name, "a");
	if (!file)
		return false;
	struct timespec now[2] = {{.tv_nsec = UTIME_NOW}, {.tv_nsec = UTIME_NOW}};
	futimens(fileno(file), now);
	return fclose(file) == 0;
}

static bool execute(struct make_target *target, const struct plan *plan, const struct make_words *newer)
{
	make_is_outdated = true;
	if (make_flag.asks)
		return true;
	if (make_flag.touches && plan->recipe->count)
		return target->is_phony || touch(target->name);
	struct make_automatic automatic = {target->name, plan->first ? plan->first : "", plan->stem ? plan->stem : "", &plan->prerequisites, newer};
	return make_run(plan->recipe, &automatic, target, plan->file, plan->line);
}

/* Runs the recipe if the target is older than what it is made of. */
static bool bring_up_to_date(struct make_target *target, struct plan *plan)
{
	struct make_words newer = {0};
	bool good = update_all(target, &plan->prerequisites) && update_all(target, &plan->ordered);
	look(target);
	bool must = !target->exists || make_flag.always || (target->is_double && !plan->prerequisites.count);
	for (size_t i = 0; i < plan->prerequisites.count; i++) {
		const struct make_target *prerequisite = make_target(plan->prerequisites.items[i], true);
		if (!target->exists || prerequisite->changed || !prerequisite->exists || is_newer(prerequisite, target)) {
			make_add_word(&newer, prerequisite->name);
			must = true;
		}
	}
	if (good && must && plan->recipe) {
		good = execute(target, plan, &newer);
		target->changed = true;
		if (good)
			look(target);
	} else if (must) {
		/* No recipe: what depends on it is out of date all the same. */
		target->changed = true;
	}
	if (!good && make_flag.keeps_going && plan->recipe) {
		fflush(stdout);
		fprintf(stderr, "%s: Target '%s' not remade because of errors.\n", program_name(), target->name);
	}
	make_free_words(&newer);
	return good;
}

static void use_rule(struct plan *plan, const struct make_rule *rule)
{
	add_all(&plan->prerequisites, &rule->prerequisites);
	add_all(&plan->ordered, &rule->ordered);
	if (!rule->recipe.count)
		return;
	plan->recipe = &rule->recipe;
	plan->file = rule->file;
	plan->line = rule->line;
	plan->first = rule->prerequisites.count ? rule->prerequisites.items[0] : NULL;
}

static void drop_plan(struct plan *plan)
{
	make_free_words(&plan->prerequisites);
	make_free_words(&plan->ordered);
	free(plan->stem);
}

/* Without a recipe of its own a rule is looked for; a target without a rule must be there. */
static bool update_single(struct make_target *target, const char *needed_by)
{
	struct plan plan = {0};
	struct make_words found = {0};
	for (const struct make_rule *rule = target->rules; rule; rule = rule->next)
		use_rule(&plan, rule);
	if (!plan.first && plan.recipe && plan.prerequisites.count)
		plan.first = plan.prerequisites.items[0];
	const struct make_pattern *pattern = plan.recipe || target->is_phony ? NULL : make_infer(target->name, &found, &plan.stem, 0);
	const struct make_target *fallback = make_target(".DEFAULT", false);
	if (pattern) {
		/* The inferred ones come first. */
		add_all(&found, &plan.prerequisites);
		make_free_words(&plan.prerequisites);
		plan.prerequisites = found;
		plan.recipe = &pattern->recipe;
		plan.file = pattern->file;
		plan.line = pattern->line;
		plan.first = found.count ? found.items[0] : NULL;
	}
	look(target);
	if (!plan.recipe && !target->rules && !target->exists && fallback && fallback->rules) {
		plan.recipe = &fallback->rules->recipe;
		plan.file = fallback->rules->file;
		plan.line = fallback->rules->line;
		plan.first = target->name;
	}
	bool good;
	if (!plan.recipe && !target->rules && !target->exists && !target->is_phony) {
		fflush(stdout);
		fprintf(stderr, "%s: *** No rule to make target '%s'", program_name(), target->name);
		if (needed_by)
			fprintf(stderr, ", needed by '%s'", needed_by);
		fputs(make_flag.keeps_going ? ".\n" : ".  Stop.\n", stderr);
		good = false;
	} else {
		good = bring_up_to_date(target, &plan);
	}
	drop_plan(&plan);
	return good;
}

static bool update_double(struct make_target *target)
{
	bool good = true;
	for (const struct make_rule *rule = target->rules; rule && good; rule = rule->next) {
		struct plan plan = {0};
		use_rule(&plan, rule);
		good = bring_up_to_date(target, &plan);
		drop_plan(&plan);
	}
	return good;
}

bool make_update(struct make_target *target, const char *needed_by)
{
	if (target->state == TARGET_DONE)
		return !target->failed;
	target->state = TARGET_AT_WORK;
	target->failed = !(target->is_double && target->rules ? update_double(target) : update_single(target, needed_by));
	target->state = TARGET_DONE;
	return !target->failed;
}

bool make_build(const char *name)
{
	struct make_target *target = make_target(name, true);
	make_did_anything = false;
	if (!make_update(target, NULL))
		return false;
	if (!make_did_anything && !make_flag.is_silent && !make_flag.asks) {
		bool has_recipe = false;
		for (const struct make_rule *rule = target->rules; rule; rule = rule->next)
			has_recipe |= rule->recipe.count > 0;
		if (target->rules && (has_recipe || !target->exists) && (target->is_phony || !target->exists || !has_recipe))
			printf("%s: Nothing to be done for '%s'.\n", program_name(), name);
		else if (!target->rules && !make_did_anything && target->exists)
			printf("%s: Nothing to be done for '%s'.\n", program_name(), name);
		else
			printf("%s: '%s' is up to date.\n", program_name(), name);
	}
	return true;
}
