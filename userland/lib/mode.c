/* File modes as text; symbolic modes of
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/chmod.html */
#include "mode.h"

#include <stdlib.h>
#include <string.h>

static char type_letter(mode_t mode)
{
	switch (mode & S_IFMT) {
		case S_IFDIR: return 'd';
		case S_IFLNK: return 'l';
		case S_IFCHR: return 'c';
		case S_IFBLK: return 'b';
		case S_IFIFO: return 'p';
		case S_IFSOCK: return 's';
		default: return '-';
	}
}

char *mode_string(mode_t mode, char text[11])
{
	static const char letters[] = "rwxrwxrwx";
	text[0] = type_letter(mode);
	for (int i = 0; i < 9; i++) text[1 + i] = mode & (0400 >> i)
		? letters[i] : '-';
	if (mode & S_ISUID)
		text[3] = mode & S_IXUSR ? 's' : 'S';
	if (mode & S_ISGID)
		text[6] = mode & S_IXGRP ? 's' : 'S';
	if (mode & S_ISVTX)
		text[9] = mode & S_IXOTH ? 't' : 'T';
	text[10] = 0;
	return text;
}

static mode_t who_mask(const char **text)
{
	mode_t who = 0;
	for (;; ++*text) {
		switch (**text) {
			case 'u': who |= 04700; break;
			case 'g': who |= 02070; break;
			case 'o': who |= 01007; break;
			case 'a': who |= 07777; break;
			default: return who;
		}
	}
}

/* Spreads the rwx bits of one class of `old` over all three. */
static mode_t copied_bits(mode_t old, char from)
{
	int shift = from == 'u' ? 6 : from == 'g' ? 3 : 0;
	return ((old >> shift) & 7) * 0111;
}

static mode_t permission_bits(const char **text, mode_t old, int directory)
{
	mode_t bits = 0;
	if (**text == 'u' || **text == 'g' || **text == 'o')
		return copied_bits(old, *(*text)++);
	for (;; ++*text) {
		switch (**text) {
			case 'r': bits |= 0444; break;
			case 'w': bits |= 0222; break;
			case 'x': bits |= 0111; break;
			case 's': bits |= 06000; break;
			case 't': bits |= 01000; break;
			case 'X':
				if (directory || (old & 0111))
					bits |= 0111;
				break;
			default: return bits;
		}
	}
}

/* Applies the clauses; returns 0 on a syntax error. */
static int apply(const char *text, mode_t *mode, int directory, mode_t mask)
{
	char *end;
	unsigned long octal = strtoul(text, &end, 8);
	if (*text >= '0' && *text <= '7') {
		/* As GNU: fewer than five digits leave the set-ID bits of a directory alone. */
		mode_t kept = directory && end - text < 5 ? *mode & 06000 : 0;
		*mode = (mode_t)octal | kept;
		return *end == 0 && octal <= 07777;
	}
	for (;;) {
		mode_t who = who_mask(&text);
		mode_t allowed = who ? who : (mode_t)(07777 & ~mask);
		if (!*text || !strchr("+-=", *text))
			return 0;
		while (*text && strchr("+-=", *text)) {
			char operation = *text++;
			mode_t bits = permission_bits(&text, *mode, directory) & allowed;
			if (operation == '+')
				*mode |= bits;
			if (operation == '-')
				*mode &= ~bits;
			if (operation == '=') {
				mode_t kept = directory ? *mode & 06000 & ~bits : 0;
				*mode = (*mode & ~(who ? who : 07777)) | bits | kept;
			}
		}
		if (*text == 0)
			return 1;
		if (*text++ != ',')
			return 0;
	}
}

int mode_valid(const char *text)
{
	mode_t mode = 0;
	return apply(text, &mode, 0, 0);
}

mode_t mode_apply(const char *text, mode_t old, int directory, mode_t mask)
{
	mode_t mode = old & 07777;
	apply(text, &mode, directory, mask);
	return mode;
}

const char *mode_type(mode_t mode, long long size)
{
	switch (mode & S_IFMT) {
		case S_IFDIR: return "directory";
		case S_IFLNK: return "symbolic link";
		case S_IFCHR: return "character special file";
		case S_IFBLK: return "block special file";
		case S_IFIFO: return "fifo";
		case S_IFSOCK: return "socket";
		default: return size == 0 ? "regular empty file" : "regular file";
	}
}
