/*
 * fdisk: the partitions of a disk
 * https://man7.org/linux/man-pages/man8/fdisk.8.html
 *
 * Usage: fdisk [-l] [DISK]...
 *   -l   list the tables of the disks (without DISK, of all)
 * Changes the DOS (MBR) table of DISK, a device or a file, by commands from standard input; nothing is written
 * before w. m lists the commands. Primary partitions only; the first begins at 1 MiB unless told otherwise.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fdisk.h"
#include "files.h"
#include "tools.h"

/* An answer without its newline, in a buffer of its own; at the end of the input nothing is written. */
static const char *ask(const char *format, ...)
{
	static char *line;
	static size_t capacity;
	va_list arguments;
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	fflush(stdout);
	long length = read_line(stdin, &line, &capacity, NULL);
	if (length < 0)
		putchar('\n'), exit(fflush(stdout) != 0);
	return line + strspn(line, " \t");
}

/* Lists the numbers of partitions that are there (or are not) in `text`; the last of them (or the first), -1: none. */
static int numbers(char text[16], bool there)
{
	int chosen = -1, length = 0;
	*text = 0;
	for (int i = 0; i < PARTITIONS; i++) {
		if ((fdisk_parts[i].type != 0) != there)
			continue;
		length += snprintf(text + length, 16 - (size_t)length, length ? ",%d" : "%d", i + 1);
		if (there || chosen < 0)
			chosen = i;
	}
	if (length == 2 * PARTITIONS - 1)
		snprintf(text, 16, "1-%d", PARTITIONS);
	return chosen;
}

static int ask_partition(bool there)
{
	char text[16];
	int chosen = numbers(text, there);
	if (chosen < 0 || !text[1]) {
		printf(chosen < 0 ? "No partition is defined yet!\n" : "Selected partition %d\n", chosen + 1);
		return chosen;
	}
	if (!there && text[1] == ',' && text[2] == text[0] + 1) { /* what is free are the last ones: a range */
		char last = text[strlen(text) - 1];
		if ((size_t)(last - *text) == strlen(text) / 2)
			snprintf(text + 1, 15, "-%c", last);
	}
	for (;;) {
		const char *answer = ask("Partition number (%s, default %d): ", text, chosen + 1);
		int number = *answer ? atoi(answer) - 1 : chosen;
		if (number >= 0 && number < PARTITIONS && (fdisk_parts[number].type != 0) == there)
			return number;
		puts("Value out of range.");
	}
}

/* The first free sector from `from` on, aligned; `end` is where what is free there ends. 0: none. */
static uint64_t find_free(uint64_t from, uint64_t *end)
{
	for (bool moved = true; moved;) {
		moved = false;
		for (int i = 0; i < PARTITIONS; i++) {
			if (!fdisk_parts[i].type || from < fdisk_parts[i].start || from >= fdisk_parts[i].start + fdisk_parts[i].sectors)
				continue;
			from = (fdisk_parts[i].start + fdisk_parts[i].sectors + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
			moved = true;
		}
	}
	*end = fdisk_disk.sectors;
	for (int i = 0; i < PARTITIONS; i++)
		if (fdisk_parts[i].type && fdisk_parts[i].start > from && fdisk_parts[i].start < *end)
			*end = fdisk_parts[i].start;
	return from < *end ? from : 0;
}

/* A sector, or +SECTORS, +SIZE with a unit, - from the end; -1: it is none. */
static int64_t parse_last(const char *text, uint64_t first, uint64_t last)
{
	char *end;
	bool is_relative = *text == '+' || *text == '-';
	uint64_t value = strtoull(text + is_relative, &end, 10);
	static const char units[] = "KMGTP";
	const char *unit = *end ? strchr(units, *end & 0xdf) : NULL;
	if (end == text + is_relative || (*end && !unit))
		return -1;
	if (!is_relative)
		return (int64_t)value;
	if (unit)
		value = (value << 10 * (unit - units + 1)) / SECTOR;
	if (*text == '-')
		return (int64_t)(last - value);
	return (int64_t)(first + value - (unit != NULL)); /* a size is whole sectors; +N says how far away */
}

static void add_partition(void)
{
	char text[16], size[16];
	int used = 0;
	for (int i = 0; i < PARTITIONS; i++)
		used += fdisk_parts[i].type != 0;
	if (used == PARTITIONS) {
		puts("To create more partitions, first replace a primary with an extended partition.");
		return;
	}
	uint64_t end, first = find_free(ALIGNMENT, &end);
	if (!first) {
		puts(used ? "All space for primary partitions is in use." : "No free sectors available.");
		return;
	}
	const char *answer = ask("Partition type\n   p   primary (%d primary, 0 extended, %d free)\nSelect (default p): ", used, PARTITIONS - used);
	if (*answer && *answer != 'p') {
		puts("Primary partitions only.");
		return;
	}
	int index = numbers(text, false);
	index = text[1] ? ask_partition(false) : index;
	for (;;) {
		answer = ask("First sector (%llu-%llu, default %llu): ", (unsigned long long)first, (unsigned long long)fdisk_disk.sectors - 1, (unsigned long long)first);
		uint64_t chosen = *answer ? strtoull(answer, NULL, 10) : first;
		if (chosen >= 1 && find_free(chosen, &end) == chosen) {
			first = chosen;
			break;
		}
		puts("Value out of range.");
	}
	uint64_t last = end - 1;
	for (;;) {
		answer = ask("Last sector, +/-sectors or +/-size{K,M,G,T,P} (%llu-%llu, default %llu): ", (unsigned long long)first, (unsigned long long)last, (unsigned long long)last);
		int64_t chosen = *answer ? parse_last(answer, first, last) : (int64_t)last;
		if (chosen >= (int64_t)first && chosen <= (int64_t)last) {
			last = (uint64_t)chosen;
			break;
		}
		puts("Value out of range.");
	}
	fdisk_parts[index] = (struct fdisk_part){first, last - first + 1, LINUX, false};
	printf("\nCreated a new partition %d of type 'Linux' and of size %s.\n", index + 1, fdisk_size(size, fdisk_parts[index].sectors * SECTOR, true));
}

static void change_type(void)
{
	int index = ask_partition(true);
	if (index < 0)
		return;
	for (;;) {
		const char *answer = ask("Hex code or alias (type L to list all): ");
		char *end;
		unsigned long type = strtoul(answer, &end, 16);
		if (*answer == 'L' || *answer == 'l') {
			fdisk_list_types();
			continue;
		}
		if (end == answer || *end || !type || type > 255)
			continue;
		printf("Changed type of partition '%s' to '%s'.\n", fdisk_type_name(fdisk_parts[index].type), fdisk_type_name((uint8_t)type));
		fdisk_parts[index].type = (uint8_t)type;
		return;
	}
}

/* False if it was the last command. */
static bool run(char command)
{
	int index;
	switch (command) {
	case 0: break;
	case 'a':
		index = ask_partition(true);
		if (index >= 0) {
			fdisk_parts[index].boots ^= true;
			printf("The bootable flag on partition %d is %s now.\n", index + 1, fdisk_parts[index].boots ? "enabled" : "disabled");
		}
		break;
	case 'd':
		index = ask_partition(true);
		if (index >= 0) {
			fdisk_parts[index] = (struct fdisk_part){0};
			printf("Partition %d has been deleted.\n", index + 1);
		}
		break;
	case 'l': fdisk_list_types(); break;
	case 'm':
		puts("\na  toggle a bootable flag\nd  delete a partition\nl  list known partition types\nm  print this menu\nn  add a new partition\n"
		     "o  create a new empty DOS partition table\np  print the partition table\nq  quit without saving changes\nt  change a partition type\nw  write table to disk and exit");
		break;
	case 'n': add_partition(); break;
	case 'o': fdisk_create(); break;
	case 'p':
		fdisk_print_disk();
		fdisk_print_parts();
		break;
	case 'q': return false;
	case 't': change_type(); break;
	case 'w': fdisk_write(); return false;
	default: printf("%c: unknown command\n", command);
	}
	return true;
}

static void list_all(void)
{
	char **names = folder_names("/sys/block");
	for (char **name = names; name && *name; name++) {
		char *path = format_text("/dev/%s", *name), *size = format_text("/sys/block/%s/size", *name), *text = read_file(size, NULL);
		bool is_there = text && strtoull(text, NULL, 10) && access(path, R_OK) == 0;
		free(size);
		free(text);
		if (is_there) {
			fdisk_open(path, false);
			fdisk_print_disk();
			fdisk_print_parts();
			close(fdisk_disk.fd);
		}
		free(path);
	}
	free_names(names);
}

int main(int argc, char **argv)
{
	bool lists = false;
	while (next_option(argc, argv, "l") != -1)
		lists = true;
	if (lists && !argv[optind])
		list_all();
	for (char **name = argv + optind; lists && *name; name++) {
		fdisk_open(*name, false);
		fdisk_print_disk();
		fdisk_print_parts();
		close(fdisk_disk.fd);
	}
	if (lists)
		return 0;
	if (argc - optind != 1)
		usage_error("bad usage: one disk is needed");
	fdisk_open(argv[optind], true);
	puts("\nWelcome to fdisk.\nChanges will remain in memory only, until you decide to write them.\nBe careful before using the write command.\n");
	if (fdisk_parts[0].type == GPT)
		errx(1, "%s has a GPT, which this fdisk cannot change", fdisk_disk.name);
	if (!fdisk_disk.has_table) {
		puts("Device does not contain a recognized partition table.");
		fdisk_create();
	}
	do
		putchar('\n');
	while (run(*ask("Command (m for help): ")));
	close(fdisk_disk.fd);
	return 0;
}
