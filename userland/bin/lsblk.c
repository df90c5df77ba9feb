/*
 * lsblk: block devices
 * https://man7.org/linux/man-pages/man8/lsblk.8.html
 *
 * Usage: lsblk [-abdnr] [-o COLUMNS] [DEVICE]...
 *   -a          empty devices as well
 *   -b          sizes in bytes
 *   -n          no header
 *   -d          without partitions
 *   -o COLUMNS  of NAME, MAJ:MIN, RM, SIZE, RO, TYPE, MOUNTPOINTS, LOG-SEC, PHY-SEC, ALIGNMENT, ROTA, SCHED
 *   -r          raw: without tree and alignment
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "files.h"
#include "numbers.h"
#include "tools.h"

enum column { NAME, NUMBERS, REMOVABLE, SIZE, READ_ONLY, TYPE, MOUNTS, LOGICAL, PHYSICAL, ALIGNMENT, ROTATIONAL, SCHEDULER, COLUMN_COUNT, FIRST_ASKED = LOGICAL };
enum { SECTOR = 512 };

static const char *const TITLES[] = {"NAME", "MAJ:MIN", "RM", "SIZE", "RO", "TYPE", "MOUNTPOINTS", "LOG-SEC", "PHY-SEC", "ALIGNMENT", "ROTA", "SCHED"};

static enum column columns[16];
static size_t column_count;
static bool hides_parts, shows_empty, in_bytes, has_no_header, is_raw;

struct row {
	char *cells[COLUMN_COUNT];
};
static struct row *rows;
static size_t row_count;

static char *attribute(const char *device, const char *name)
{
	char *path = format_text("/sys/class/block/%s/%s", device, name);
	char *text = read_file(path, NULL);
	free(path);
	if (!text)
		return duplicate("");
	text[strcspn(text, "\n")] = 0;
	return text;
}

static char *mounts_of(const char *numbers)
{
	FILE *table = fopen("/proc/self/mountinfo", "r");
	char *line = NULL;
	size_t capacity = 0;
	struct text found = {0};
	text_string(&found, "");
	while (table && read_line(table, &line, &capacity, NULL) >= 0) {
		char device[32], point[4096];
		if (sscanf(line, "%*s %*s %31s %*s %4095s", device, point) != 2 || strcmp(device, numbers))
			continue;
		if (found.length)
			text_string(&found, ",");
		text_string(&found, point);
	}
	if (table)
		fclose(table);
	free(line);
	return text_take(&found);
}

/* Of the disk that it is a part of, too. */
static char *queue_attribute(const char *device, const char *name)
{
	char *inside = format_text("queue/%s", name), *above = format_text("../queue/%s", name);
	char *found = attribute(device, inside);
	if (!*found) {
		free(found);
		found = attribute(device, above);
	}
	free(inside);
	free(above);
	return found;
}

/* The one in brackets. */
static char *scheduler_of(const char *device)
{
	char *all = queue_attribute(device, "scheduler"), *start = strchr(all, '[');
	char *name = start ? duplicate_range(start + 1, strcspn(start + 1, "]")) : duplicate("");
	free(all);
	return name;
}

static bool is_partition(const char *device)
{
	char *number = attribute(device, "partition");
	bool found = *number != 0;
	free(number);
	return found;
}

static const char *type_of(const char *device)
{
	return is_partition(device) ? "part" : !strncmp(device, "loop", 4) ? "loop" : !strncmp(device, "md", 2) ? "raid" : !strncmp(device, "sr", 2) ? "rom" : "disk";
}

static void add_device(const char *device, const char *branch)
{
	char *sectors = attribute(device, "size"), *numbers = attribute(device, "dev"), size[SIZE_TEXT];
	unsigned long long bytes = strtoull(sectors, NULL, 10) * SECTOR;
	free(sectors);
	if (!bytes && !shows_empty) {
		free(numbers);
		return;
	}
	rows = reallocate(rows, (row_count + 1) * sizeof *rows);
	struct row *row = &rows[row_count++];
	row->cells[NAME] = format_text("%s%s", is_raw ? "" : branch, device);
	row->cells[NUMBERS] = numbers;
	row->cells[REMOVABLE] = attribute(device, "removable");
	row->cells[SIZE] = in_bytes ? format_text("%llu", bytes) : duplicate(human_size(size, bytes, 1024));
	row->cells[READ_ONLY] = attribute(device, "ro");
	row->cells[TYPE] = duplicate(type_of(device));
	row->cells[MOUNTS] = mounts_of(numbers);
	row->cells[LOGICAL] = queue_attribute(device, "logical_block_size");
	row->cells[PHYSICAL] = queue_attribute(device, "physical_block_size");
	row->cells[ALIGNMENT] = attribute(device, "alignment_offset");
	row->cells[ROTATIONAL] = queue_attribute(device, "rotational");
	row->cells[SCHEDULER] = scheduler_of(device);
	if (!*row->cells[REMOVABLE])
		row->cells[REMOVABLE] = duplicate("0");
}

static void add_tree(const char *device, char **names)
{
	size_t length = strlen(device);
	const char *last = NULL;
	add_device(device, "");
	for (char **name = names; !hides_parts && *name; name++)
		if (!strncmp(*name, device, length) && (*name)[length] && is_partition(*name))
			last = *name;
	for (char **name = names; last && *name; name++)
		if (!strncmp(*name, device, length) && (*name)[length] && is_partition(*name))
			add_device(*name, *name == last ? "└─" : "├─");
}

static int width_of(const char *text)
{
	int width = 0;
	for (size_t left = strlen(text), size; left; left -= size, text += size)
		width += utf8_columns(utf8_decode(text, left, &size));
	return width;
}

static bool is_number(enum column column)
{
	return column == REMOVABLE || column == SIZE || column == READ_ONLY || column == NUMBERS || (column >= LOGICAL && column <= ROTATIONAL);
}

static void print_row(const char *const *cells, const int *widths)
{
	for (size_t i = 0; i < column_count; i++) {
		const char *cell = cells[columns[i]];
		int room = is_raw || (i + 1 == column_count && !is_number(columns[i])) ? 0 : widths[columns[i]] - width_of(cell);
		bool is_right = is_number(columns[i]) && columns[i] != NUMBERS;
		printf("%s%*s%s%*s", i ? " " : "", is_right ? room : 0, "", cell, is_right ? 0 : room, "");
	}
	putchar('\n');
}

static void parse_columns(char *list)
{
	column_count = 0;
	for (char *name = strtok(list, ","); name; name = strtok(NULL, ",")) {
		size_t i = 0;
		while (i < COLUMN_COUNT && strcasecmp(name, TITLES[i]) && !(i == MOUNTS && !strcasecmp(name, "MOUNTPOINT")))
			i++;
		if (i == COLUMN_COUNT || column_count == sizeof columns / sizeof *columns)
			errx(1, "unknown column: %s", name);
		columns[column_count++] = (enum column)i;
	}
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"all", no_argument, NULL, 'a'}, {"bytes", no_argument, NULL, 'b'}, {"nodeps", no_argument, NULL, 'd'}, {"noheadings", no_argument, NULL, 'n'},
		{"output", required_argument, NULL, 'o'}, {"raw", no_argument, NULL, 'r'}, {0}};
	for (int i = 0; i < FIRST_ASKED; i++)
		columns[column_count++] = (enum column)i;
	for (int option; (option = next_long_option(argc, argv, "abdno:r", longs)) != -1;) {
		switch (option) {
		case 'a': shows_empty = true; break;
		case 'b': in_bytes = true; break;
		case 'd': hides_parts = true; break;
		case 'n': has_no_header = true; break;
		case 'o': parse_columns(optarg); break;
		default: is_raw = true;
		}
	}
	char **names = folder_names("/sys/class/block");
	int status = 0, widths[COLUMN_COUNT];
	if (!names)
		err(1, "/sys/class/block");
	for (char **name = names; !argv[optind] && *name; name++)
		if (!is_partition(*name))
			add_tree(*name, names);
	for (char **operand = argv + optind; *operand; operand++) {
		char *numbers = attribute(path_name(*operand), "dev");
		if (*numbers) {
			add_tree(path_name(*operand), names);
		} else {
			warnx("%s: not a block device", *operand);
			status = 32;
		}
		free(numbers);
	}
	for (size_t i = 0; i < COLUMN_COUNT; i++) {
		widths[i] = width_of(TITLES[i]);
		for (size_t j = 0; j < row_count; j++)
			if (width_of(rows[j].cells[i]) > widths[i])
				widths[i] = width_of(rows[j].cells[i]);
	}
	if (!has_no_header && row_count)
		print_row(TITLES, widths);
	for (size_t i = 0; i < row_count; i++)
		print_row((const char *const *)rows[i].cells, widths);
	free_names(names);
	return status;
}
