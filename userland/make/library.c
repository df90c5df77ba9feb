/* Targets that are members of an archive (XCU make, "Libraries"): lib.a(member.o). */
#include <ar.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "make.h"
#include "tools.h"

const char *make_member(const char *target)
{
	const char *open = strchr(target, '(');
	return open && open > target && open[1] && open[1] != ')' && target[strlen(target) - 1] == ')' ? open : NULL;
}

/* GNU's "name/", or "/offset" into the member of long names; BSD's end in blanks. */
static bool has_name(const struct ar_hdr *header, const char *table, size_t table_size, const char *name, size_t length)
{
	const char *found = header->ar_name, *end;
	size_t room = sizeof header->ar_name;
	if (*found == '/') {
		size_t offset = strtoul(found + 1, NULL, 10);
		if (offset >= table_size)
			return false;
		found = table + offset;
		room = table_size - offset;
	}
	end = memchr(found, '/', room);
	if (!end)
		for (end = found + room; end > found && end[-1] == ' ';)
			end--;
	return (size_t)(end - found) == length && !memcmp(found, name, length);
}

bool make_member_time(const char *target, struct timespec *time)
{
	const char *open = make_member(target), *table = "";
	char *path = duplicate_range(target, (size_t)(open - target));
	size_t length = 0, table_size = 0, name_length = strlen(open) - 2;
	char *data = read_file(path, &length);
	bool is_found = false;
	free(path);
	if (!data || length < SARMAG || memcmp(data, ARMAG, SARMAG))
		length = 0;
	for (size_t at = SARMAG; !is_found && at < length && length - at >= sizeof(struct ar_hdr);) {
		const struct ar_hdr *header = (const void *)(data + at);
		size_t size = strtoul(header->ar_size, NULL, 10);
		at += sizeof *header;
		if (memcmp(header->ar_fmag, ARFMAG, sizeof header->ar_fmag) || size > length - at)
			break;
		if (!memcmp(header->ar_name, "// ", 3)) {
			table = data + at;
			table_size = size;
		} else if (memcmp(header->ar_name, "/ ", 2) && has_name(header, table, table_size, open + 1, name_length)) {
			*time = (struct timespec){.tv_sec = strtoll(header->ar_date, NULL, 10)};
			is_found = true;
		}
		at += size + (size & 1);
	}
	free(data);
	return is_found;
}

void make_split_targets(struct make_words *words, const char *text)
{
	struct make_words parts = {0};
	char *library = NULL;
	make_split(&parts, text);
	for (size_t i = 0; i < parts.count; i++) {
		char *word = parts.items[i], *open = library ? NULL : strchr(word, '(');
		size_t length = strlen(word);
		bool closes = length && word[length - 1] == ')';
		/* lib(a b) is lib(a) lib(b). */
		if (open && open > word && !closes) {
			library = duplicate_range(word, (size_t)(open - word));
			word = open + 1;
		}
		if (!library) {
			make_add_word(words, word);
			continue;
		}
		char *member = format_text(closes ? "%s(%s" : "%s(%s)", library, word);
		if (*word && strcmp(word, ")"))
			make_add_word(words, member);
		free(member);
		if (closes) {
			free(library);
			library = NULL;
		}
	}
	free(library);
	make_free_words(&parts);
}
