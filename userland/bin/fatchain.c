/*
 * fatchain: the clusters of files on a FAT file system
 * https://en.wikipedia.org/wiki/Design_of_the_FAT_file_system
 *
 * Usage: fatchain [-v] DEVICE PATH...
 *   -v  tell what kind of FAT it is, and whether it was left clean
 * The device is read as it is: sync first what is mounted. Names are short or long ones, in any case.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools.h"

enum { ENTRY = 32, LONG_NAME = 0x0f, DIRECTORY = 0x10, VOLUME = 0x08, LONG_CHARACTERS = 13, MAX_LONG = 20, NAME_ROOM = LONG_CHARACTERS * MAX_LONG * 4 + 1 };

static struct {
	int fd, bits;
	uint32_t sector_bytes, cluster_sectors, fat_at, root_at, root_entries, data_at, clusters, root_cluster;
	unsigned char *table;
	uint32_t table_bytes;
} fat;

static uint32_t get(const unsigned char *at, int bytes)
{
	uint32_t value = 0;
	for (int i = 0; i < bytes; i++)
		value |= (uint32_t)at[i] << 8 * i;
	return value;
}

static void read_at(void *buffer, size_t length, uint64_t offset, const char *what)
{
	ssize_t count = pread(fat.fd, buffer, length, (off_t)offset);
	if (count != (ssize_t)length)
		errx(1, "%s cannot be read", what);
}

static void open_fat(const char *path)
{
	unsigned char boot[512];
	fat.fd = open(path, O_RDONLY);
	if (fat.fd < 0)
		err(1, "%s", path);
	read_at(boot, sizeof boot, 0, "the boot sector");
	uint32_t reserved = get(boot + 14, 2), copies = boot[16], sectors = get(boot + 19, 2) ? get(boot + 19, 2) : get(boot + 32, 4), each = get(boot + 22, 2) ? get(boot + 22, 2) : get(boot + 36, 4);
	fat.sector_bytes = get(boot + 11, 2);
	fat.cluster_sectors = boot[13];
	fat.root_entries = get(boot + 17, 2);
	if (get(boot + 510, 2) != 0xaa55 || fat.sector_bytes < 512 || fat.sector_bytes > 4096 || fat.sector_bytes & (fat.sector_bytes - 1) || !fat.cluster_sectors || !copies || !each || each > sectors)
		errx(1, "%s: no FAT file system", path);
	fat.fat_at = reserved;
	fat.root_at = reserved + copies * each;
	fat.data_at = fat.root_at + (fat.root_entries * ENTRY + fat.sector_bytes - 1) / fat.sector_bytes;
	if (fat.data_at >= sectors)
		errx(1, "%s: no FAT file system", path);
	fat.clusters = (sectors - fat.data_at) / fat.cluster_sectors;
	fat.bits = fat.clusters < 4085 ? 12 : fat.clusters < 65525 ? 16 : 32;
	fat.root_cluster = fat.bits == 32 ? get(boot + 44, 4) : 0;
	fat.table_bytes = each * fat.sector_bytes;
	fat.table = allocate(fat.table_bytes);
	read_at(fat.table, fat.table_bytes, (uint64_t)fat.fat_at * fat.sector_bytes, "the table");
}

/* What the table says of a cluster; 0 where it has none. */
static uint32_t entry_of(uint32_t cluster)
{
	uint32_t at = fat.bits == 12 ? cluster + cluster / 2 : cluster * (uint32_t)(fat.bits / 8);
	if (at + 4 > fat.table_bytes && at + (fat.bits == 32 ? 4u : 2u) > fat.table_bytes)
		return 0;
	if (fat.bits == 12)
		return get(fat.table + at, 2) >> (cluster % 2 ? 4 : 0) & 0xfff;
	return get(fat.table + at, fat.bits / 8) & 0x0fffffff;
}

static bool is_end(uint32_t entry)
{
	return entry >= (fat.bits == 12 ? 0xff8u : fat.bits == 16 ? 0xfff8u : 0x0ffffff8u);
}

static bool is_cluster(uint32_t number)
{
	return number >= 2 && number < fat.clusters + 2;
}

/* All bytes of a directory; of the root without a cluster, its own region. */
static unsigned char *read_folder(uint32_t cluster, size_t *length)
{
	size_t cluster_bytes = (size_t)fat.cluster_sectors * fat.sector_bytes;
	unsigned char *bytes = NULL;
	*length = 0;
	if (cluster == 0) {
		*length = (size_t)fat.root_entries * ENTRY;
		bytes = allocate(*length + 1);
		read_at(bytes, *length, (uint64_t)fat.root_at * fat.sector_bytes, "the root directory");
		return bytes;
	}
	for (uint32_t steps = 0; is_cluster(cluster) && steps <= fat.clusters; steps++, cluster = entry_of(cluster)) {
		bytes = reallocate(bytes, *length + cluster_bytes);
		read_at(bytes + *length, cluster_bytes, ((uint64_t)fat.data_at + (uint64_t)(cluster - 2) * fat.cluster_sectors) * fat.sector_bytes, "a directory");
		*length += cluster_bytes;
	}
	return bytes;
}

static void short_name(const unsigned char *entry, char *name)
{
	int length = 0;
	for (int i = 0; i < 11; i++) {
		if (i == 8 && entry[8] != ' ')
			name[length++] = '.';
		if (entry[i] != ' ')
			name[length++] = (char)entry[i];
	}
	name[length] = 0;
}

/* A piece of a long name goes to its place. Characters beyond ASCII become '?': only names are compared here. */
static void add_long(const unsigned char *entry, char *name)
{
	static const uint8_t places[LONG_CHARACTERS] = {1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30};
	int piece = (entry[0] & 0x3f) - 1;
	if (piece < 0 || piece >= MAX_LONG)
		return;
	for (int i = 0; i < LONG_CHARACTERS; i++) {
		uint32_t letter = get(entry + places[i], 2);
		name[piece * LONG_CHARACTERS + i] = letter == 0xffff ? 0 : letter < 128 ? (char)letter : '?';
	}
	if (entry[0] & 0x40)
		name[(piece + 1) * LONG_CHARACTERS] = 0;
}

/* The first cluster of a name in a folder; false: it is not there. */
static bool find(uint32_t folder, const char *wanted, size_t wanted_length, uint32_t *cluster, bool *is_folder)
{
	static char long_name[NAME_ROOM];
	size_t length;
	unsigned char *bytes = read_folder(folder, &length);
	bool found = false;
	memset(long_name, 0, sizeof long_name);
	for (size_t at = 0; !found && at + ENTRY <= length && bytes[at] != 0; at += ENTRY) {
		const unsigned char *entry = bytes + at;
		char name[13];
		if (entry[0] == 0xe5)
			continue;
		if (entry[11] == LONG_NAME) {
			add_long(entry, long_name);
			continue;
		}
		short_name(entry, name);
		bool matches = (strlen(name) == wanted_length && strncasecmp(name, wanted, wanted_length) == 0) || (strlen(long_name) == wanted_length && strncasecmp(long_name, wanted, wanted_length) == 0);
		if (matches && !(entry[11] & VOLUME)) {
			*cluster = get(entry + 26, 2) | (fat.bits == 32 ? get(entry + 20, 2) << 16 : 0);
			*is_folder = entry[11] & DIRECTORY;
			found = true;
		}
		memset(long_name, 0, sizeof long_name);
	}
	free(bytes);
	return found;
}

static int show(const char *path)
{
	uint32_t cluster = fat.root_cluster, steps = 0;
	bool is_folder = true;
	for (const char *at = path; *(at += strspn(at, "/"));) {
		size_t length = strcspn(at, "/");
		if (!is_folder || !find(cluster, at, length, &cluster, &is_folder)) {
			warnx("%s: %s", path, strerror(is_folder ? ENOENT : ENOTDIR));
			return 1;
		}
		at += length;
	}
	for (; is_cluster(cluster) && steps <= fat.clusters; steps++, cluster = entry_of(cluster))
		printf("%u -> ", cluster);
	if (steps > 0 && !is_end(cluster)) {
		puts("broken");
		return 1;
	}
	puts(steps > 0 ? "EOC" : "empty");
	return 0;
}

int main(int argc, char **argv)
{
	bool verbose = false;
	int failed = 0;
	for (int option; (option = next_option(argc, argv, "v")) != -1;)
		verbose |= option == 'v';
	if (argc - optind < (verbose ? 1 : 2))
		usage_error("a device and files");
	open_fat(argv[optind++]);
	uint32_t second = entry_of(1), clean = fat.bits == 32 ? 0x08000000 : 0x8000;
	if (verbose)
		printf("FAT%d, %u clusters of %u bytes%s\n", fat.bits, fat.clusters, fat.cluster_sectors * fat.sector_bytes, fat.bits == 12 ? "" : second & clean ? ", clean" : ", dirty");
	for (; optind < argc; optind++)
		failed |= show(argv[optind]);
	return failed;
}
