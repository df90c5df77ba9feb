/* The DOS table of a disk, and how it is printed. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fdisk.h"
#include "tools.h"

enum { ENTRIES_AT = 446, IDENTIFIER_AT = 440, SIGNATURE_AT = 510, HEADS = 255, PER_TRACK = 63 };

struct fdisk_part fdisk_parts[PARTITIONS];
struct fdisk_disk fdisk_disk;
static uint8_t sector[SECTOR];
static uint32_t identifier;

static const struct {
	uint8_t type;
	const char *name;
} types[] = {{0x00, "Empty"}, {0x01, "FAT12"}, {0x04, "FAT16 <32M"}, {0x05, "Extended"}, {0x06, "FAT16"}, {0x07, "HPFS/NTFS/exFAT"},
	{0x0b, "W95 FAT32"}, {0x0c, "W95 FAT32 (LBA)"}, {0x0e, "W95 FAT16 (LBA)"}, {0x0f, "W95 Ext'd (LBA)"}, {0x82, "Linux swap / Solaris"},
	{0x83, "Linux"}, {0x85, "Linux extended"}, {0x8e, "Linux LVM"}, {0xa5, "FreeBSD"}, {0xda, "Non-FS data"}, {0xee, "GPT"},
	{0xef, "EFI (FAT-12/16/32)"}, {0xfd, "Linux raid autodetect"}};

void fdisk_list_types(void)
{
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		printf("%02x  %s\n", types[i].type, types[i].name);
}

const char *fdisk_type_name(uint8_t type)
{
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (types[i].type == type)
			return types[i].name;
	return "unknown";
}

static uint32_t get32(const uint8_t *bytes)
{
	return bytes[0] | bytes[1] << 8 | bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static void put32(uint8_t *bytes, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(value >> 8 * i);
}

/* Cylinder, head and sector of an address; those that do not fit are all ones. */
static void put_geometry(uint8_t *bytes, uint64_t address)
{
	uint64_t cylinder = address / (HEADS * PER_TRACK);
	bool fits = cylinder < 1024;
	bytes[0] = fits ? (uint8_t)(address / PER_TRACK % HEADS) : HEADS - 1;
	bytes[1] = fits ? (uint8_t)((cylinder >> 2 & 0xc0) | (address % PER_TRACK + 1)) : 0xff;
	bytes[2] = fits ? (uint8_t)cylinder : 0xff;
}

static void read_table(void)
{
	memset(fdisk_parts, 0, sizeof fdisk_parts);
	memset(sector, 0, sizeof sector);
	if (pread(fdisk_disk.fd, sector, SECTOR, 0) < 0)
		err(1, "cannot read %s", fdisk_disk.name);
	fdisk_disk.has_table = sector[SIGNATURE_AT] == 0x55 && sector[SIGNATURE_AT + 1] == 0xaa;
	identifier = get32(sector + IDENTIFIER_AT);
	for (int i = 0; i < PARTITIONS && fdisk_disk.has_table; i++) {
		const uint8_t *entry = sector + ENTRIES_AT + 16 * i;
		fdisk_parts[i] = (struct fdisk_part){get32(entry + 8), get32(entry + 12), entry[4], entry[0] == 0x80};
	}
}

void fdisk_open(const char *name, bool writes)
{
	struct stat about;
	uint64_t bytes = 0;
	fdisk_disk = (struct fdisk_disk){.name = name, .fd = open(name, (writes ? O_RDWR : O_RDONLY) | O_CLOEXEC)};
	if (fdisk_disk.fd < 0 || fstat(fdisk_disk.fd, &about) < 0)
		err(1, "cannot open %s", name);
	if (S_ISBLK(about.st_mode) ? ioctl(fdisk_disk.fd, BLKGETSIZE64, &bytes) < 0 : (bytes = (uint64_t)about.st_size, !S_ISREG(about.st_mode)))
		errx(1, "cannot open %s: not a block device or a file", name);
	fdisk_disk.sectors = bytes / SECTOR;
	read_table();
}

void fdisk_create(void)
{
	memset(fdisk_parts, 0, sizeof fdisk_parts);
	if (getrandom(&identifier, sizeof identifier, 0) < 0)
		err(1, "getrandom");
	fdisk_disk.has_table = true;
	printf("Created a new DOS (MBR) disklabel with disk identifier 0x%08x.\n", identifier);
}

const char *fdisk_size(char text[16], uint64_t bytes, bool is_long)
{
	static const char units[] = "BKMGTP";
	int unit = 0;
	double value = (double)bytes;
	for (; value >= 1024 && units[unit + 1]; unit++)
		value /= 1024;
	int length = snprintf(text, 16, "%.*f", value * 10 - (double)(uint64_t)value * 10 >= 1 && is_long ? 2 : 1, value);
	while (text[length - 1] == '0')
		text[--length] = 0;
	if (text[length - 1] == '.')
		text[--length] = 0;
	snprintf(text + length, 16 - (size_t)length, is_long ? " %c%s" : "%c", units[unit], unit ? "iB" : "");
	return text;
}

void fdisk_print_disk(void)
{
	char text[16];
	int logical = SECTOR;
	unsigned physical = SECTOR, least = 0, best = 0;
	ioctl(fdisk_disk.fd, BLKSSZGET, &logical);
	ioctl(fdisk_disk.fd, BLKPBSZGET, &physical);
	ioctl(fdisk_disk.fd, BLKIOMIN, &least);
	ioctl(fdisk_disk.fd, BLKIOOPT, &best);
	least = least ? least : physical;
	printf("Disk %s: %s, %llu bytes, %llu sectors\n", fdisk_disk.name, fdisk_size(text, fdisk_disk.sectors * SECTOR, true),
		(unsigned long long)fdisk_disk.sectors * SECTOR, (unsigned long long)fdisk_disk.sectors);
	printf("Units: sectors of 1 * 512 = 512 bytes\nSector size (logical/physical): %d bytes / %u bytes\n", logical, physical);
	printf("I/O size (minimum/optimal): %u bytes / %u bytes\n", least, best ? best : least);
	if (fdisk_disk.has_table)
		printf("Disklabel type: %s\nDisk identifier: 0x%08x\n", fdisk_parts[0].type == GPT ? "gpt" : "dos", identifier);
}

static char *part_name(int index)
{
	size_t length = strlen(fdisk_disk.name);
	bool ends_in_digit = length && strchr("0123456789", fdisk_disk.name[length - 1]);
	return format_text("%s%s%d", fdisk_disk.name, ends_in_digit ? "p" : "", index + 1);
}

static void widen(int *width, const char *text)
{
	int length = (int)strlen(text);
	if (length > *width)
		*width = length;
}

void fdisk_print_parts(void)
{
	static const char *const titles[] = {"Device", "Boot", "Start", "End", "Sectors", "Size", "Id", "Type"};
	enum { COLUMNS = 8 };
	int widths[COLUMNS], count = 0;
	char *cells[PARTITIONS][COLUMNS];
	for (int c = 0; c < COLUMNS; c++)
		widths[c] = (int)strlen(titles[c]);
	for (int i = 0; i < PARTITIONS; i++) {
		char size[16];
		if (!fdisk_parts[i].type)
			continue;
		char **row = cells[count++];
		row[0] = part_name(i);
		row[1] = duplicate(fdisk_parts[i].boots ? "*" : "");
		row[2] = format_text("%llu", (unsigned long long)fdisk_parts[i].start);
		row[3] = format_text("%llu", (unsigned long long)(fdisk_parts[i].start + fdisk_parts[i].sectors - 1));
		row[4] = format_text("%llu", (unsigned long long)fdisk_parts[i].sectors);
		row[5] = duplicate(fdisk_size(size, fdisk_parts[i].sectors * SECTOR, false));
		row[6] = format_text("%x", fdisk_parts[i].type);
		row[7] = duplicate(fdisk_type_name(fdisk_parts[i].type));
		for (int c = 0; c < COLUMNS; c++)
			widen(&widths[c], row[c]);
	}
	for (int r = -1; r < count && count; r++) {
		for (int c = 0; c < COLUMNS; c++) {
			const char *text = r < 0 ? titles[c] : cells[r][c];
			bool is_left = c < 2 || c == COLUMNS - 1;
			printf("%s%*s", c ? " " : r < 0 ? "\n" : "", c == COLUMNS - 1 ? 0 : is_left ? -widths[c] : widths[c], text);
			if (r >= 0)
				free(cells[r][c]);
		}
		putchar('\n');
	}
}

void fdisk_write(void)
{
	put32(sector + IDENTIFIER_AT, identifier);
	sector[SIGNATURE_AT] = 0x55;
	sector[SIGNATURE_AT + 1] = 0xaa;
	for (int i = 0; i < PARTITIONS; i++) {
		uint8_t *entry = sector + ENTRIES_AT + 16 * i;
		memset(entry, 0, 16);
		if (!fdisk_parts[i].type)
			continue;
		entry[0] = fdisk_parts[i].boots ? 0x80 : 0;
		put_geometry(entry + 1, fdisk_parts[i].start);
		entry[4] = fdisk_parts[i].type;
		put_geometry(entry + 5, fdisk_parts[i].start + fdisk_parts[i].sectors - 1);
		put32(entry + 8, (uint32_t)fdisk_parts[i].start);
		put32(entry + 12, (uint32_t)fdisk_parts[i].sectors);
	}
	struct stat about;
	if (pwrite(fdisk_disk.fd, sector, SECTOR, 0) != SECTOR || fsync(fdisk_disk.fd) < 0)
		err(1, "cannot write %s", fdisk_disk.name);
	puts("The partition table has been altered.");
	bool is_device = fstat(fdisk_disk.fd, &about) == 0 && S_ISBLK(about.st_mode);
	if (is_device)
		puts("Calling ioctl() to re-read partition table.");
	if (is_device && ioctl(fdisk_disk.fd, BLKRRPART) < 0)
		printf("Re-reading the partition table failed.: %s\n", strerror(errno));
	puts("Syncing disks.");
	sync();
}
