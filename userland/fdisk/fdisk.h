/* fdisk: a disk and the DOS table in its first sector. */
#ifndef FDISK_H
#define FDISK_H

#include <stdbool.h>
#include <stdint.h>

enum { SECTOR = 512, ALIGNMENT = 2048, PARTITIONS = 4 };
enum { LINUX = 0x83, GPT = 0xee };

struct fdisk_part {
	uint64_t start, sectors;
	uint8_t type; /* 0: there is none */
	bool boots;
};
extern struct fdisk_part fdisk_parts[PARTITIONS];

struct fdisk_disk {
	const char *name;
	int fd;
	uint64_t sectors;
	bool has_table;
};
extern struct fdisk_disk fdisk_disk;

/* table.c. What cannot be read or written ends the program with a message. */
void fdisk_open(const char *name, bool writes);
void fdisk_create(void);
void fdisk_write(void);
void fdisk_print_disk(void);
void fdisk_print_parts(void);
void fdisk_list_types(void);
const char *fdisk_type_name(uint8_t type);
/* 1.5M, or 1.5 MiB, as fdisk rounds; returns text. */
const char *fdisk_size(char text[16], uint64_t bytes, bool is_long);

#endif
