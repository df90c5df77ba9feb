/*
 * mkdosfs: make a FAT12, FAT16 or FAT32
 * https://man7.org/linux/man-pages/man8/mkfs.fat.8.html
 *
 * Aliases: mkfs.vfat mkfs.fat mkfs.msdos
 *
 * Usage: mkdosfs [-Cv] [-f FATS] [-F 12|16|32] [-i ID] [-n LABEL] [-r ENTRIES] [-R SECTORS] [-s SECTORS] [-S BYTES] DEVICE [KIBIBYTES]
 *   -C          make the file DEVICE of that many kibibytes
 *   -f FATS     copies of the table: 1 to 4 (2)
 *   -F WIDTH    bits of a table's entry
 *   -i ID       of the volume, in hexadecimal
 *   -n LABEL    its name, at most 11 characters
 *   -r ENTRIES  of the root folder (512; FAT32's has no bound)
 *   -R SECTORS  before the first table
 *   -s SECTORS  of a cluster: a power of two
 *   -S BYTES    of a sector: 512, 1024, 2048 or 4096
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "mounts.h"
#include "tools.h"

/* Most clusters of a width; fewer than the next smaller one's most make a driver take it for that. */
enum { MOST_12 = 4084, MOST_16 = 65524, MOST_32 = 0x0ffffff6, ENTRY = 32, BACKUP_BOOT = 6, INFO_SECTOR = 1 };

struct volume {
	int fd;
	const char *path;
	uint32_t sector, cluster_sectors, fats, width, id, root_entries, reserved, fat_sectors, root_sectors;
	uint64_t sectors, clusters;
	char label[12];
};

static uint64_t number(const char *text, int base, uint64_t low, uint64_t high, const char *what)
{
	char *end;
	errno = 0;
	unsigned long long value = strtoull(text, &end, base);
	if (end == text || *end || errno || value < low || value > high)
		errx(1, "Bad %s : %s", what, text);
	return value;
}

static void set_label(struct volume *volume, const char *text)
{
	size_t length = strlen(text);
	if (length > 11)
		errx(1, "Label can be no longer than 11 characters");
	memset(volume->label, ' ', 11);
	for (size_t i = 0; i < length; i++) {
		if ((unsigned char)text[i] < ' ' || strchr("*?.,;:/\\|+=<>[]\"", text[i]))
			errx(1, "Labels with characters *?.,;:/\\|+=<>[]\" are not allowed");
		volume->label[i] = (char)toupper((unsigned char)text[i]);
	}
}

/* Sectors of a table with which all clusters have an entry, and the clusters; false if nothing is left for them. */
static bool divide(struct volume *volume)
{
	uint64_t fixed = volume->reserved + volume->root_sectors;
	if (volume->sectors <= fixed)
		return false;
	uint64_t left = volume->sectors - fixed, fat = 1;
	for (;;) {
		if (left < fat * volume->fats + volume->cluster_sectors)
			return false;
		volume->clusters = (left - fat * volume->fats) / volume->cluster_sectors;
		uint64_t bytes = ((volume->clusters + 2) * volume->width + 7) / 8, needed = (bytes + volume->sector - 1) / volume->sector;
		if (needed <= fat)
			break;
		fat = needed;
	}
	volume->fat_sectors = (uint32_t)fat;
	return true;
}

static bool fits(const struct volume *volume)
{
	if (volume->width == 12)
		return volume->clusters <= MOST_12;
	return volume->width == 16 ? volume->clusters > MOST_12 && volume->clusters <= MOST_16 : volume->clusters <= MOST_32;
}

static uint32_t first_cluster_size(const struct volume *volume)
{
	static const struct {
		uint64_t mib;
		uint32_t bytes;
	} sizes[] = {{260, 512}, {8192, 4096}, {16384, 8192}, {32768, 16384}, {UINT64_MAX, 32768}};
	uint64_t mib = volume->sectors * volume->sector >> 20;
	int i = 0;
	if (volume->width != 32)
		return 4;
	while (mib > sizes[i].mib)
		i++;
	return sizes[i].bytes > volume->sector ? sizes[i].bytes / volume->sector : 1;
}

static bool try_width(struct volume *volume, uint32_t width, uint32_t cluster_sectors, uint32_t reserved)
{
	volume->width = width;
	volume->reserved = reserved ? reserved : width == 32 ? 32 : 1;
	volume->root_sectors = width == 32 ? 0 : (volume->root_entries * ENTRY + volume->sector - 1) / volume->sector;
	volume->cluster_sectors = cluster_sectors ? cluster_sectors : first_cluster_size(volume);
	for (;; volume->cluster_sectors *= 2) {
		if (!divide(volume))
			return false;
		if (fits(volume))
			return true;
		if (cluster_sectors || volume->cluster_sectors >= 128)
			return false;
	}
}

static void plan(struct volume *volume, uint32_t width, uint32_t cluster_sectors, uint32_t reserved)
{
	bool big = volume->sectors * volume->sector >= 512ull << 20;
	static const uint32_t small_first[] = {12, 16, 32}, big_first[] = {32, 16, 12};
	for (int i = 0; i < 3; i++) {
		uint32_t tried = (big ? big_first : small_first)[i];
		/* Small clusters of FAT16 rather than big ones of FAT12. */
		uint32_t only = !width && !cluster_sectors && tried == 12 ? first_cluster_size(&(struct volume){.sector = volume->sector, .width = 12}) : cluster_sectors;
		if ((!width || width == tried) && try_width(volume, tried, only, reserved))
			return;
	}
	errx(1, "Attempting to create a too small or a too large filesystem");
}

static void put(unsigned char *at, uint64_t value, int bytes)
{
	memcpy(at, &value, bytes);
}

/* The boot sector, with a program that waits for ever. */
static void fill_boot(const struct volume *volume, unsigned char *boot)
{
	bool is_32 = volume->width == 32;
	unsigned char *tail = boot + (is_32 ? 64 : 36);
	static const unsigned char wait[] = {0xf4, 0xeb, 0xfd};
	memcpy(boot, "\xeb\x00\x90HARTIX  ", 11);
	boot[1] = is_32 ? 0x58 : 0x3c;
	put(boot + 11, volume->sector, 2);
	boot[13] = (unsigned char)volume->cluster_sectors;
	put(boot + 14, volume->reserved, 2);
	boot[16] = (unsigned char)volume->fats;
	put(boot + 17, is_32 ? 0 : volume->root_entries, 2);
	if (volume->sectors <= 0xffff && !is_32)
		put(boot + 19, volume->sectors, 2);
	else
		put(boot + 32, volume->sectors, 4);
	boot[21] = 0xf8;
	put(boot + 22, is_32 ? 0 : volume->fat_sectors, 2);
	put(boot + 24, 32, 2);
	put(boot + 26, 8, 2);
	if (is_32) {
		put(boot + 36, volume->fat_sectors, 4);
		put(boot + 44, 2, 4);
		put(boot + 48, INFO_SECTOR, 2);
		put(boot + 50, volume->reserved > BACKUP_BOOT ? BACKUP_BOOT : 0, 2);
	}
	tail[0] = 0x80;
	tail[2] = 0x29;
	put(tail + 3, volume->id, 4);
	memcpy(tail + 7, volume->label, 11);
	memcpy(tail + 18, is_32 ? "FAT32   " : volume->width == 16 ? "FAT16   " : "FAT12   ", 8);
	memcpy(tail + 26, wait, sizeof wait);
	boot[510] = 0x55;
	boot[511] = 0xaa;
}

static void store(const struct volume *volume, uint64_t sector, const void *bytes, size_t length)
{
	if (pwrite(volume->fd, bytes, length, (off_t)(sector * volume->sector)) != (ssize_t)length)
		err(1, "%s", volume->path);
}

static void store_zeros(const struct volume *volume, uint64_t sector, uint64_t count)
{
	enum { STEP = 64 };
	unsigned char *zeros = allocate((size_t)STEP * volume->sector);
	memset(zeros, 0, (size_t)STEP * volume->sector);
	for (; count > 0; sector += count < STEP ? count : STEP, count -= count < STEP ? count : STEP)
		store(volume, sector, zeros, (count < STEP ? count : STEP) * volume->sector);
	free(zeros);
}

static void store_info(const struct volume *volume, unsigned char *sector)
{
	memset(sector, 0, volume->sector);
	memcpy(sector, "RRaA", 4);
	memcpy(sector + 484, "rrAa", 4);
	put(sector + 488, volume->clusters - 1, 4);
	put(sector + 492, 2, 4);
	sector[510] = 0x55;
	sector[511] = 0xaa;
	store(volume, INFO_SECTOR, sector, volume->sector);
	if (volume->reserved > BACKUP_BOOT + INFO_SECTOR)
		store(volume, BACKUP_BOOT + INFO_SECTOR, sector, volume->sector);
}

static void store_label(const struct volume *volume, unsigned char *sector, uint64_t at)
{
	time_t now = time(NULL);
	const struct tm *local = localtime(&now);
	memset(sector, 0, volume->sector);
	memcpy(sector, volume->label, 11);
	sector[11] = 0x08;
	put(sector + 22, local->tm_hour << 11 | local->tm_min << 5 | local->tm_sec / 2, 2);
	put(sector + 24, (local->tm_year - 80) << 9 | (local->tm_mon + 1) << 5 | local->tm_mday, 2);
	store(volume, at, sector, volume->sector);
}

static void make(const struct volume *volume)
{
	unsigned char *sector = allocate(volume->sector);
	uint64_t root = volume->reserved + (uint64_t)volume->fats * volume->fat_sectors;
	static const unsigned char heads[3][12] = {{0xf8, 0xff, 0xff}, {0xf8, 0xff, 0xff, 0xff}, {0xf8, 0xff, 0xff, 0x0f, 0xff, 0xff, 0xff, 0x0f, 0xf8, 0xff, 0xff, 0x0f}};
	store_zeros(volume, 0, root + (volume->width == 32 ? volume->cluster_sectors : volume->root_sectors));
	memset(sector, 0, volume->sector);
	memcpy(sector, heads[volume->width == 12 ? 0 : volume->width / 16], sizeof heads[0]);
	for (uint32_t i = 0; i < volume->fats; i++)
		store(volume, volume->reserved + (uint64_t)i * volume->fat_sectors, sector, volume->sector);
	if (volume->width == 32)
		store_info(volume, sector);
	if (strcmp(volume->label, "NO NAME    ") != 0)
		store_label(volume, sector, root);
	memset(sector, 0, volume->sector);
	fill_boot(volume, sector);
	if (volume->width == 32 && volume->reserved > BACKUP_BOOT)
		store(volume, BACKUP_BOOT, sector, volume->sector);
	store(volume, 0, sector, volume->sector);
	free(sector);
}

/* Bytes of the device; with -C of the new file. */
static uint64_t open_device(struct volume *volume, bool create, uint64_t kibibytes)
{
	struct stat status;
	if (is_block_device_busy(volume->path))
		errx(1, "%s contains a mounted filesystem.", volume->path);
	volume->fd = open(volume->path, O_RDWR | (create ? O_CREAT | O_EXCL : 0), 0666);
	if (volume->fd < 0 || (create && ftruncate(volume->fd, (off_t)(kibibytes * 1024))) || fstat(volume->fd, &status))
		err(1, "unable to open %s", volume->path);
	off_t size = S_ISREG(status.st_mode) ? status.st_size : lseek(volume->fd, 0, SEEK_END);
	if (size < 0)
		err(1, "unable to get device size for %s", volume->path);
	if (kibibytes * 1024 > (uint64_t)size)
		errx(1, "%s has %lld bytes, less than what was asked for", volume->path, (long long)size);
	return kibibytes ? kibibytes * 1024 : (uint64_t)size;
}

int main(int argc, char **argv)
{
	struct volume volume = {.sector = 512, .fats = 2, .root_entries = 512, .label = "NO NAME    "};
	uint32_t width = 0, cluster = 0, reserved = 0;
	bool create = false, has_id = false;
	for (int option; (option = next_option(argc, argv, "Cf:F:i:n:r:R:s:S:v")) != -1;)
		switch (option) {
		case 'C': create = true; break;
		case 'f': volume.fats = (uint32_t)number(optarg, 0, 1, 4, "number of FATs"); break;
		case 'F': width = (uint32_t)number(optarg, 0, 12, 32, "FAT type"); break;
		case 'i': volume.id = (uint32_t)number(optarg, 16, 0, UINT32_MAX, "volume ID"), has_id = true; break;
		case 'n': set_label(&volume, optarg); break;
		case 'r': volume.root_entries = (uint32_t)number(optarg, 0, 1, 32767, "number of root directory entries"); break;
		case 'R': reserved = (uint32_t)number(optarg, 0, 1, 0xffff, "number of reserved sectors"); break;
		case 's': cluster = (uint32_t)number(optarg, 0, 1, 128, "number of sectors per cluster"); break;
		case 'S': volume.sector = (uint32_t)number(optarg, 0, 512, 4096, "logical sector size"); break;
		default: break;
		}
	if (width % 4 || width == 20 || width == 24 || width == 28 || cluster & (cluster - 1) || volume.sector & (volume.sector - 1))
		usage_error("FAT12, FAT16 or FAT32; sectors and clusters are powers of two");
	if (argc - optind < 1 || argc - optind > 2 || (create && argc - optind != 2))
		usage_error("one device, and how many kibibytes of it");
	if (width == 32 && reserved && reserved < 2)
		errx(1, "FAT32 needs at least 2 reserved sectors");
	volume.path = argv[optind];
	uint64_t kibibytes = argc - optind == 2 ? number(argv[optind + 1], 0, 1, UINT64_MAX >> 11, "block count") : 0;
	volume.sectors = open_device(&volume, create, kibibytes) / volume.sector;
	if (volume.sectors > UINT32_MAX)
		volume.sectors = UINT32_MAX;
	if (!has_id && getrandom(&volume.id, sizeof volume.id, 0) != sizeof volume.id)
		err(1, "getrandom");
	uint32_t entries_in_sector = volume.sector / ENTRY;
	volume.root_entries = (volume.root_entries + entries_in_sector - 1) / entries_in_sector * entries_in_sector;
	plan(&volume, width, cluster, reserved);
	make(&volume);
	if (fsync(volume.fd) || close(volume.fd))
		err(1, "%s", volume.path);
	return 0;
}
