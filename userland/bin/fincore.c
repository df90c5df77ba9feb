/*
 * fincore: pages of files that are in memory
 * https://man7.org/linux/man-pages/man1/fincore.1.html
 *
 * Usage: fincore [-Jbnr] [-o COLUMNS] FILE...
 *   -J, --json            as JSON
 *   -b, --bytes           sizes in bytes
 *   -n, --noheadings      no titles
 *   -o, --output COLUMNS  of PAGES,SIZE,FILE,RES
 *   -r, --raw             without alignment
 */
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "numbers.h"
#include "tools.h"

enum column { PAGES, SIZE, FILE_NAME, RESIDENT, COLUMN_COUNT };

static const char *const TITLES[] = {"PAGES", "SIZE", "FILE", "RES"};
/* At least as wide, unless the title is wider than all cells. */
static const size_t HINTS[] = {1, 5, 4, 5};
/* Bytes looked at together. */
enum { WINDOW = 1 << 28 };

static enum column columns[16] = {RESIDENT, PAGES, SIZE, FILE_NAME};
static size_t column_count = COLUMN_COUNT;
static bool in_bytes, has_no_header, is_raw, is_json;

struct row {
	char *cells[COLUMN_COUNT];
};
static struct row *rows;
static size_t row_count;

static void choose_columns(char *list)
{
	column_count = 0;
	for (char *name = strtok(list, ","); name; name = strtok(NULL, ",")) {
		int found = 0;
		while (found < COLUMN_COUNT && strcasecmp(name, TITLES[found]))
			found++;
		if (found == COLUMN_COUNT)
			errx(1, "unknown column: %s", name);
		if (column_count == sizeof columns / sizeof *columns)
			errx(1, "too many columns");
		columns[column_count++] = (enum column)found;
	}
}

static char *size_text(uint64_t bytes)
{
	char text[SIZE_TEXT];
	if (in_bytes)
		return format_text("%llu", (unsigned long long)bytes);
	if (bytes < 1024)
		return format_text("%lluB", (unsigned long long)bytes);
	/* One decimal, rounded to the nearest, and none where it is 0. */
	static const char UNITS[] = "KMGTPE";
	int unit = 0;
	double value = (double)bytes / 1024;
	for (; value >= 1024 && UNITS[unit + 1]; unit++)
		value /= 1024;
	snprintf(text, sizeof text, "%.1f", value);
	char *fraction = strstr(text, ".0");
	if (fraction)
		*fraction = 0;
	return format_text("%s%c", text, UNITS[unit]);
}

/* Pages of the file in memory, or -1 with errno. */
static long long resident_pages(int file, uint64_t size, size_t page)
{
	unsigned char *present = allocate(WINDOW / page);
	long long count = 0;
	for (uint64_t start = 0; start < size; start += WINDOW) {
		size_t length = size - start < WINDOW ? (size_t)(size - start) : WINDOW;
		void *at = mmap(NULL, length, PROT_NONE, MAP_SHARED, file, (off_t)start);
		if (at == MAP_FAILED || mincore(at, length, present)) {
			free(present);
			return -1;
		}
		for (size_t i = 0; i < (length + page - 1) / page; i++)
			count += present[i] & 1;
		munmap(at, length);
	}
	free(present);
	return count;
}

static int add_file(const char *name)
{
	struct stat status;
	int file = open(name, O_RDONLY);
	if (file < 0) {
		warn("failed to open: %s", name);
		return 1;
	}
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	long long pages = 0;
	int failed = fstat(file, &status);
	if (!failed && S_ISDIR(status.st_mode)) {
		close(file);
		return 0;
	}
	uint64_t size = failed ? 0 : (uint64_t)status.st_size;
	if (failed || (size > 0 && (pages = resident_pages(file, size, page)) < 0)) {
		warn("failed to do mincore: %s", name);
		close(file);
		return 1;
	}
	close(file);
	rows = reallocate(rows, (row_count + 1) * sizeof *rows);
	rows[row_count++] = (struct row){{format_text("%lld", pages), size_text(size), duplicate(name),
	                                  size_text((uint64_t)pages * page)}};
	return 0;
}

static size_t width_of(enum column column)
{
	size_t width = 0, title = strlen(TITLES[column]);
	for (size_t i = 0; i < row_count; i++)
		if (strlen(rows[i].cells[column]) > width)
			width = strlen(rows[i].cells[column]);
	if (width < title)
		return title;
	return width < HINTS[column] && title < HINTS[column] ? HINTS[column] : width;
}

static void put_cells(const char *const *cells)
{
	for (size_t i = 0; i < column_count; i++) {
		bool is_last = i + 1 == column_count;
		int width = is_raw ? 0 : (int)width_of(columns[i]);
		if (columns[i] == FILE_NAME)
			printf("%-*s", is_last ? 0 : width, cells[columns[i]]);
		else
			printf("%*s", width, cells[columns[i]]);
		putchar(is_last ? '\n' : ' ');
	}
}

static void put_string(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			putchar('\\');
		if ((unsigned char)*text < ' ')
			printf("\\u%04x", *text);
		else
			putchar(*text);
	}
	putchar('"');
}

static void put_json(void)
{
	printf("{\n   \"fincore\": [");
	for (size_t i = 0; i < row_count; i++) {
		printf(i ? ",{" : "\n      {");
		for (size_t j = 0; j < column_count; j++) {
			enum column column = columns[j];
			const char *title = TITLES[column];
			printf("%s\n         \"", j ? "," : "");
			for (; *title; title++)
				putchar(*title | 0x20);
			printf("\": ");
			if (column == PAGES || (in_bytes && column != FILE_NAME))
				printf("%s", rows[i].cells[column]);
			else
				put_string(rows[i].cells[column]);
		}
		printf("\n      }");
	}
	printf("\n   ]\n}\n");
}

int main(int argc, char **argv)
{
	static const struct option LONG[] = {
		{"json", no_argument, NULL, 'J'},        {"bytes", no_argument, NULL, 'b'},
		{"noheadings", no_argument, NULL, 'n'},  {"output", required_argument, NULL, 'o'},
		{"raw", no_argument, NULL, 'r'},         {NULL, 0, NULL, 0},
	};
	int option, status = 0;
	while ((option = next_long_option(argc, argv, "Jbno:r", LONG)) != -1)
		switch (option) {
		case 'J': is_json = true; break;
		case 'b': in_bytes = true; break;
		case 'n': has_no_header = true; break;
		case 'o': choose_columns(optarg); break;
		case 'r': is_raw = true; break;
		}
	if (optind == argc)
		usage_error("no file specified");
	for (; optind < argc; optind++)
		status |= add_file(argv[optind]);
	if (is_json) {
		put_json();
		return status;
	}
	if (!has_no_header)
		put_cells(TITLES);
	for (size_t i = 0; i < row_count; i++)
		put_cells((const char *const *)rows[i].cells);
	return status;
}
