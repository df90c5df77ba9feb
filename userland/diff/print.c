/* Output of diff: normal, context, unified and ed formats of POSIX. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "diff.h"
#include "tools.h"

static void put_line(const char *mark, const struct diff_file *file, size_t line)
{
	fputs(mark, stdout);
	fwrite(file->lines[line], 1, file->lengths[line], stdout);
	putchar('\n');
	if (file->unended && line + 1 == file->count)
		puts("\\ No newline at end of file");
}

/* 1,3 or 1; an empty range is the line before it. */
static void put_range(size_t from, size_t to)
{
	if (to > from + 1)
		printf("%zu,%zu", from + 1, to);
	else
		printf("%zu", to == from ? from : from + 1);
}

static void put_normal(const struct diff_file *a, const struct diff_file *b, const struct diff_hunk *hunk)
{
	put_range(hunk->a, hunk->a_end);
	putchar(hunk->a == hunk->a_end ? 'a' : hunk->b == hunk->b_end ? 'd' : 'c');
	put_range(hunk->b, hunk->b_end);
	putchar('\n');
	for (size_t i = hunk->a; i < hunk->a_end; i++)
		put_line("< ", a, i);
	if (hunk->a < hunk->a_end && hunk->b < hunk->b_end)
		puts("---");
	for (size_t i = hunk->b; i < hunk->b_end; i++)
		put_line("> ", b, i);
}

static void put_file(const char *mark, const struct diff_file *file, const char *label)
{
	if (label) {
		printf("%s %s\n", mark, label);
		return;
	}
	struct stat status;
	char date[64], zone[16];
	struct timespec changed = {0}; /* of a file that -N takes for empty: the epoch, by which patch knows it */
	if (!strcmp(file->name, "-"))
		changed.tv_sec = time(NULL);
	else if (!stat(file->name, &status))
		changed = status.st_mtim;
	struct tm local;
	localtime_r(&changed.tv_sec, &local);
	strftime(date, sizeof date, diff_flag.format == 'c' ? "%a %b %e %T %Y" : "%Y-%m-%d %H:%M:%S", &local);
	strftime(zone, sizeof zone, "%z", &local);
	if (diff_flag.format == 'c') /* the form of POSIX; that of -u knows parts of seconds */
		printf("%s %s\t%s\n", mark, file->name, date);
	else
		printf("%s %s\t%s.%09ld %s\n", mark, file->name, date, changed.tv_nsec, zone);
}

/* Hunks whose contexts touch are printed together: the index after the last of them. */
static size_t group_end(const struct diff_hunk *hunks, size_t first, size_t count)
{
	size_t last = first + 1;
	while (last < count && hunks[last].a - hunks[last - 1].a_end <= 2 * diff_flag.context)
		last++;
	return last;
}

static struct diff_hunk around(const struct diff_hunk *first, const struct diff_hunk *last, const struct diff_file *a, const struct diff_file *b)
{
	size_t before = first->a < diff_flag.context ? first->a : diff_flag.context;
	if (first->b < before)
		before = first->b;
	size_t after = a->count - last->a_end < diff_flag.context ? a->count - last->a_end : diff_flag.context;
	if (b->count - last->b_end < after)
		after = b->count - last->b_end;
	return (struct diff_hunk){first->a - before, last->a_end + after, first->b - before, last->b_end + after};
}

static void put_unified_range(size_t from, size_t to)
{
	if (to == from + 1)
		printf("%zu", from + 1);
	else
		printf("%zu,%zu", to == from ? from : from + 1, to - from);
}

/* -p: the last line before the hunk that may begin a function, behind the hunk's ranges. */
static void put_function(const struct diff_file *a, size_t from)
{
	while (diff_flag.shows_function && from-- > 0) {
		char first = a->lengths[from] ? *a->lines[from] : 0;
		if (!isalpha((unsigned char)first) && first != '_' && first != '$')
			continue;
		int length = a->lengths[from] < 40 ? (int)a->lengths[from] : 40;
		while (length && isspace((unsigned char)a->lines[from][length - 1]))
			length--;
		printf(" %.*s", length, a->lines[from]);
		return;
	}
}

static void put_unified(const struct diff_file *a, const struct diff_file *b, const struct diff_hunk *hunks, size_t count)
{
	put_file("---", a, diff_flag.labels[0]);
	put_file("+++", b, diff_flag.labels[1]);
	for (size_t i = 0, end; i < count; i = end) {
		end = group_end(hunks, i, count);
		struct diff_hunk all = around(&hunks[i], &hunks[end - 1], a, b);
		printf("@@ -");
		put_unified_range(all.a, all.a_end);
		printf(" +");
		put_unified_range(all.b, all.b_end);
		printf(" @@");
		put_function(a, all.a);
		putchar('\n');
		size_t at = all.a;
		for (; i < end; i++) {
			for (; at < hunks[i].a; at++)
				put_line(" ", a, at);
			for (; at < hunks[i].a_end; at++)
				put_line("-", a, at);
			for (size_t j = hunks[i].b; j < hunks[i].b_end; j++)
				put_line("+", b, j);
		}
		for (; at < all.a_end; at++)
			put_line(" ", a, at);
	}
}

/* One half of a context hunk. */
static void put_half(const struct diff_file *file, const struct diff_hunk *hunks, size_t first, size_t end, size_t from, size_t to, bool old)
{
	size_t at = from;
	for (size_t i = first; i < end; i++) {
		size_t start = old ? hunks[i].a : hunks[i].b, stop = old ? hunks[i].a_end : hunks[i].b_end;
		bool both = hunks[i].a < hunks[i].a_end && hunks[i].b < hunks[i].b_end;
		for (; at < start; at++)
			put_line("  ", file, at);
		for (; at < stop; at++)
			put_line(both ? "! " : old ? "- " : "+ ", file, at);
	}
	for (; at < to; at++)
		put_line("  ", file, at);
}

static void put_context(const struct diff_file *a, const struct diff_file *b, const struct diff_hunk *hunks, size_t count)
{
	put_file("***", a, diff_flag.labels[0]);
	put_file("---", b, diff_flag.labels[1]);
	for (size_t i = 0, end; i < count; i = end) {
		bool removes = false, adds = false;
		end = group_end(hunks, i, count);
		struct diff_hunk all = around(&hunks[i], &hunks[end - 1], a, b);
		for (size_t j = i; j < end; j++) {
			removes |= hunks[j].a < hunks[j].a_end;
			adds |= hunks[j].b < hunks[j].b_end;
		}
		printf("***************");
		put_function(a, all.a);
		printf("\n*** ");
		put_range(all.a, all.a_end);
		puts(" ****");
		if (removes)
			put_half(a, hunks, i, end, all.a, all.a_end, true);
		printf("--- ");
		put_range(all.b, all.b_end);
		puts(" ----");
		if (adds)
			put_half(b, hunks, i, end, all.b, all.b_end, false);
	}
}

static void put_script(const struct diff_file *b, const struct diff_hunk *hunks, size_t count)
{
	for (size_t i = count; i-- > 0;) {
		put_range(hunks[i].a, hunks[i].a_end);
		puts(hunks[i].a == hunks[i].a_end ? "a" : hunks[i].b == hunks[i].b_end ? "d" : "c");
		bool inside = true;
		for (size_t j = hunks[i].b; j < hunks[i].b_end; j++) {
			/* A lone period would end the text: it is put in as two, one of which goes. */
			bool period = b->lengths[j] == 1 && b->lines[j][0] == '.';
			if (!inside)
				puts("a");
			put_line(period ? "." : "", b, j);
			inside = !period;
			if (period)
				puts(".\ns/.//");
		}
		if (inside && hunks[i].b < hunks[i].b_end)
			puts(".");
	}
}

/* -f: from the first to the last, with the command's letter first; no editor reads it. */
static void put_forward_script(const struct diff_file *b, const struct diff_hunk *hunks, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		bool adds = hunks[i].b < hunks[i].b_end;
		putchar(hunks[i].a == hunks[i].a_end ? 'a' : adds ? 'c' : 'd');
		if (hunks[i].a_end > hunks[i].a + 1)
			printf("%zu %zu\n", hunks[i].a + 1, hunks[i].a_end);
		else
			printf("%zu\n", hunks[i].a_end == hunks[i].a ? hunks[i].a : hunks[i].a + 1);
		for (size_t j = hunks[i].b; j < hunks[i].b_end; j++)
			put_line("", b, j);
		if (adds)
			puts(".");
	}
}

/* -n: RCS's form, with a count of lines for each command. */
static void put_rcs(const struct diff_file *b, const struct diff_hunk *hunks, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (hunks[i].a < hunks[i].a_end)
			printf("d%zu %zu\n", hunks[i].a + 1, hunks[i].a_end - hunks[i].a);
		if (hunks[i].b == hunks[i].b_end)
			continue;
		printf("a%zu %zu\n", hunks[i].a_end, hunks[i].b_end - hunks[i].b);
		for (size_t j = hunks[i].b; j < hunks[i].b_end; j++) {
			fwrite(b->lines[j], 1, b->lengths[j], stdout);
			if (!b->unended || j + 1 < b->count)
				putchar('\n');
		}
	}
}

static void put_lines(const struct diff_file *file, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		fwrite(file->lines[i], 1, file->lengths[i], stdout);
		putchar('\n');
	}
}

/* -D: conditions around what differs. */
static void put_merged(const struct diff_file *a, const struct diff_file *b, const struct diff_hunk *hunks, size_t count)
{
	const char *name = diff_flag.condition;
	size_t at = 0;
	for (size_t i = 0; i < count; at = hunks[i++].a_end) {
		const struct diff_hunk *hunk = &hunks[i];
		bool removes = hunk->a < hunk->a_end, adds = hunk->b < hunk->b_end;
		put_lines(a, at, hunk->a);
		printf(removes ? "#ifndef %s\n" : "#ifdef %s\n", name);
		put_lines(a, hunk->a, hunk->a_end);
		if (removes && adds)
			printf("#else /* %s */\n", name);
		put_lines(b, hunk->b, hunk->b_end);
		printf(adds ? "#endif /* %s */\n" : "#endif /* ! %s */\n", name);
	}
	put_lines(a, at, a->count);
}

void diff_print(const struct diff_file *a, const struct diff_file *b, const struct diff_hunk *hunks, size_t count)
{
	switch (diff_flag.format) {
	case 'u': put_unified(a, b, hunks, count); break;
	case 'c': put_context(a, b, hunks, count); break;
	case 'D': put_merged(a, b, hunks, count); break;
	case 'e': put_script(b, hunks, count); break;
	case 'n': put_rcs(b, hunks, count); break;
	case 'y': diff_put_beside(a, b, hunks, count); break;
	case 'f': put_forward_script(b, hunks, count); break;
	default:
		for (size_t i = 0; i < count; i++)
			put_normal(a, b, &hunks[i]);
	}
}
