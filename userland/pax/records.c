/* Extended headers: records "length keyword=value\n", and what -o says of them. */
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "owner.h"
#include "pax.h"
#include "tools.h"

struct record {
	char *keyword, *value;
};

struct records {
	struct record *items;
	size_t count;
};

/*
 * In the order in which they win: of -o keyword:=value, of the header before the member, of -o keyword=value and
 * global headers, the later of which replaces the earlier.
 */
static struct records forced, local, global;
/* Those of -o keyword=value, which a written archive begins with. */
static struct records chosen;
static const char **deleted;
static size_t deleted_count;

static void set(struct records *records, const char *keyword, size_t length, const char *value, size_t value_length)
{
	size_t i = 0;
	while (i < records->count && (strlen(records->items[i].keyword) != length || strncmp(records->items[i].keyword, keyword, length)))
		i++;
	if (i == records->count) {
		records->items = reallocate(records->items, (records->count + 1) * sizeof *records->items);
		records->items[records->count++] = (struct record){duplicate_range(keyword, length), NULL};
	}
	free(records->items[i].value);
	records->items[i].value = duplicate_range(value, value_length);
}

static void clear(struct records *records)
{
	for (size_t i = 0; i < records->count; i++) {
		free(records->items[i].keyword);
		free(records->items[i].value);
	}
	free(records->items);
	*records = (struct records){0};
}

static bool is_deleted(const char *keyword)
{
	for (size_t i = 0; i < deleted_count; i++)
		if (!fnmatch(deleted[i], keyword, 0))
			return true;
	return false;
}

static void take_invalid(const char *action)
{
	static const char *const names[] = {[INVALID_BYPASS] = "bypass", [INVALID_RENAME] = "rename", [INVALID_UTF_8] = "UTF-8", [INVALID_WRITE] = "write"};
	size_t i = 0, count = sizeof names / sizeof *names;
	while (i < count && strcmp(names[i], action))
		i++;
	if (i == count)
		usage_error("invalid action '%s' of -o invalid: one of bypass, rename, UTF-8 and write is wanted", action);
	pax.invalid = (unsigned)i;
}

/* One of the words of -o: `value` is null without "=". */
static void take_word(const char *keyword, const char *value, bool is_forced)
{
	if (!value && !strcmp(keyword, "times")) {
		pax.times = true;
	} else if (!value && !strcmp(keyword, "linkdata")) {
		pax.link_data = true;
	} else if (!value) {
		usage_error("-o %s: a value is wanted", keyword);
	} else if (!strcmp(keyword, "delete")) {
		deleted = reallocate(deleted, (deleted_count + 1) * sizeof *deleted);
		deleted[deleted_count++] = duplicate(value);
	} else if (!strcmp(keyword, "exthdr.name")) {
		pax.header_name = duplicate(value);
	} else if (!strcmp(keyword, "globexthdr.name")) {
		pax.global_name = duplicate(value);
	} else if (!strcmp(keyword, "invalid")) {
		take_invalid(value);
	} else if (is_forced) {
		set(&forced, keyword, strlen(keyword), value, strlen(value));
	} else {
		set(&chosen, keyword, strlen(keyword), value, strlen(value));
		set(&global, keyword, strlen(keyword), value, strlen(value));
	}
}

void pax_parse_option(const char *words)
{
	char *copy = duplicate(words), *at = copy;
	while (*at) {
		at += strspn(at, " \t");
		/* The format takes all that follows, commas too. */
		if (!strncmp(at, "listopt=", 8)) {
			const char *before = pax.list_format ? pax.list_format : "";
			pax.list_format = format_text("%s%s", before, at + 8);
			break;
		}
		char *word = at, *to = at;
		for (; *at && *at != ','; at++) {
			if (*at == '\\' && at[1] == ',')
				at++;
			*to++ = *at;
		}
		at += *at == ',';
		*to = 0;
		char *equals = strchr(word, '=');
		bool is_forced = equals && equals > word && equals[-1] == ':';
		if (equals)
			equals[is_forced ? -1 : 0] = 0;
		if (*word)
			take_word(word, equals ? equals + 1 : NULL, is_forced);
	}
	free(copy);
}

void pax_read_records(const char *text, size_t size, bool is_global)
{
	for (const char *at = text, *end = text + size; at < end;) {
		char *space;
		long length = strtol(at, &space, 10);
		const char *keyword = space + 1, *equals = length > 0 && length <= end - at && space < at + length && *space == ' ' ? memchr(keyword, '=', (size_t)(at + length - keyword)) : NULL;
		if (!equals || at[length - 1] != '\n') {
			pax_failx("an extended header is malformed; the rest of it is left out");
			return;
		}
		set(is_global ? &global : &local, keyword, (size_t)(equals - keyword), equals + 1, (size_t)(at + length - 1 - (equals + 1)));
		at += length;
	}
}

static const char *find(const struct records *records, const char *keyword)
{
	for (size_t i = 0; i < records->count; i++)
		if (!strcmp(records->items[i].keyword, keyword))
			return records->items[i].value;
	return NULL;
}

static const char *look_up(const char *keyword)
{
	const char *value = find(&forced, keyword);
	if (!value && !is_deleted(keyword))
		value = find(&local, keyword);
	if (!value && !is_deleted(keyword))
		value = find(&global, keyword);
	/* An empty value takes the header's. */
	return value && *value ? value : NULL;
}

static void take_text(const char *keyword, char **text)
{
	const char *value = look_up(keyword);
	if (!value)
		return;
	free(*text);
	*text = duplicate(value);
}

static bool take_number(const char *keyword, long long *number)
{
	const char *value = look_up(keyword);
	char *end;
	if (!value)
		return false;
	errno = 0;
	*number = strtoll(value, &end, 10);
	if (!errno && !*end && *number >= 0)
		return true;
	pax_failx("an extended header's %s is no number: '%s'", keyword, value);
	return false;
}

static void take_time(const char *keyword, struct timespec *time)
{
	const char *value = look_up(keyword);
	char *end;
	if (!value)
		return;
	bool is_negative = *value == '-';
	long long seconds = strtoll(value, &end, 10);
	long nanoseconds = 0, unit = 100000000;
	if (*end == '.')
		for (end++; *end >= '0' && *end <= '9'; end++, unit /= 10)
			nanoseconds += (*end - '0') * unit;
	if (*end) {
		pax_failx("an extended header's %s is no time: '%s'", keyword, value);
		return;
	}
	bool borrows = is_negative && nanoseconds;
	*time = (struct timespec){seconds - borrows, borrows ? 1000000000 - nanoseconds : nanoseconds};
}

void pax_apply_records(struct pax_member *member)
{
	long long number;
	take_text("path", &member->name);
	if (member->link)
		take_text("linkpath", &member->link);
	take_text("uname", &member->user);
	take_text("gname", &member->group);
	if (take_number("size", &number)) {
		member->status.st_size = number;
		member->content = S_ISREG(member->status.st_mode) && (!member->is_hard_link || member->content) ? number : 0;
	}
	if (take_number("uid", &number))
		member->status.st_uid = (uid_t)number;
	if (take_number("gid", &number))
		member->status.st_gid = (gid_t)number;
	take_time("mtime", &member->status.st_mtim);
	take_time("atime", &member->status.st_atim);
	clear(&local);
}

/* The length that stands before a record counts its own digits. */
static void put(struct text *text, const char *keyword, const char *value)
{
	size_t rest = strlen(keyword) + strlen(value) + 3, length = rest + 1;
	for (;;) {
		size_t digits = (size_t)snprintf(NULL, 0, "%zu", length);
		if (rest + digits == length)
			break;
		length = rest + digits;
	}
	text_format(text, "%zu %s=%s\n", length, keyword, value);
}

static void put_needed(struct text *text, const char *keyword, const char *value)
{
	if (!is_deleted(keyword) && !find(&forced, keyword))
		put(text, keyword, value);
}

static void put_number(struct text *text, const char *keyword, long long value, long long limit)
{
	char digits[32];
	snprintf(digits, sizeof digits, "%lld", value);
	if (value > limit || value < 0)
		put_needed(text, keyword, digits);
}

static void put_time(struct text *text, const char *keyword, const struct timespec *time, bool is_wanted)
{
	char digits[48];
	/* Before 1970 the fraction counts back: -1.5 is half a second before -1. */
	bool counts_back = time->tv_sec < 0 && time->tv_nsec;
	long long seconds = time->tv_sec + counts_back;
	long nanoseconds = counts_back ? 1000000000 - time->tv_nsec : time->tv_nsec;
	snprintf(digits, sizeof digits, nanoseconds ? "%s%lld.%09ld" : "%s%lld", counts_back && !seconds ? "-" : "", seconds, nanoseconds);
	if (is_wanted || time->tv_sec < 0 || time->tv_sec > 077777777777LL)
		put_needed(text, keyword, digits);
}

char *pax_make_records(const struct pax_member *member, bool is_global, size_t *size)
{
	enum { NAME_LIMIT = 100, OWNER_LIMIT = 31, OCTAL_7 = 07777777 };
	struct text text = {0};
	const struct records *said = is_global ? &chosen : &forced;
	for (size_t i = 0; i < said->count; i++)
		if (!is_deleted(said->items[i].keyword))
			put(&text, said->items[i].keyword, said->items[i].value);
	if (!is_global) {
		if (strlen(member->name) > NAME_LIMIT)
			put_needed(&text, "path", member->name);
		if (member->link && strlen(member->link) > NAME_LIMIT)
			put_needed(&text, "linkpath", member->link);
		if (strlen(member->user) > OWNER_LIMIT)
			put_needed(&text, "uname", member->user);
		if (strlen(member->group) > OWNER_LIMIT)
			put_needed(&text, "gname", member->group);
		put_number(&text, "uid", member->status.st_uid, OCTAL_7);
		put_number(&text, "gid", member->status.st_gid, OCTAL_7);
		put_number(&text, "size", member->content, 077777777777LL);
		put_time(&text, "mtime", &member->status.st_mtim, pax.times);
		if (pax.times)
			put_time(&text, "atime", &member->status.st_atim, true);
	}
	*size = text.length;
	return text.length ? text_take(&text) : NULL;
}
