/*
 * stty: print or change the modes of the terminal
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/stty.html
 *
 * Usage: stty [-F DEVICE] [-a|-g] [SETTING]...
 *   -a          all modes
 *   -g          in a form that stty reads again
 *   -F DEVICE   that terminal instead of standard input
 * Settings: a mode such as echo, or -echo; intr ^C and the other characters; rows N, cols N, size,
 * speed, N (baud), min N, time N, and sane raw cooked cbreak evenp oddp -parity nl ek dec.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "numbers.h"
#include "terminal-modes.h"
#include "tools.h"

/* Modes in the order of stty -a; `sane` is what is not worth mention. */
static const struct mode {
	const char *name;
	char field; /* c i o l */
	tcflag_t bits, mask;
	bool sane;
} modes[] = {
	{"parenb", 'c', PARENB, 0, false}, {"parodd", 'c', PARODD, 0, false}, {"cmspar", 'c', CMSPAR, 0, false}, {"cs5", 'c', CS5, CSIZE, false},
	{"cs6", 'c', CS6, CSIZE, false}, {"cs7", 'c', CS7, CSIZE, false}, {"cs8", 'c', CS8, CSIZE, true}, {"hupcl", 'c', HUPCL, 0, false},
	{"cstopb", 'c', CSTOPB, 0, false}, {"cread", 'c', CREAD, 0, true}, {"clocal", 'c', CLOCAL, 0, false}, {"crtscts", 'c', CRTSCTS, 0, false},
	{"ignbrk", 'i', IGNBRK, 0, false}, {"brkint", 'i', BRKINT, 0, true}, {"ignpar", 'i', IGNPAR, 0, false}, {"parmrk", 'i', PARMRK, 0, false},
	{"inpck", 'i', INPCK, 0, false}, {"istrip", 'i', ISTRIP, 0, false}, {"inlcr", 'i', INLCR, 0, false}, {"igncr", 'i', IGNCR, 0, false},
	{"icrnl", 'i', ICRNL, 0, true}, {"ixon", 'i', IXON, 0, true}, {"ixoff", 'i', IXOFF, 0, false}, {"iuclc", 'i', IUCLC, 0, false},
	{"ixany", 'i', IXANY, 0, false}, {"imaxbel", 'i', IMAXBEL, 0, true}, {"iutf8", 'i', IUTF8, 0, false},
	{"opost", 'o', OPOST, 0, true}, {"olcuc", 'o', OLCUC, 0, false}, {"ocrnl", 'o', OCRNL, 0, false}, {"onlcr", 'o', ONLCR, 0, true},
	{"onocr", 'o', ONOCR, 0, false}, {"onlret", 'o', ONLRET, 0, false}, {"ofill", 'o', OFILL, 0, false}, {"ofdel", 'o', OFDEL, 0, false},
	{"nl0", 'o', NL0, NLDLY, true}, {"cr0", 'o', CR0, CRDLY, true}, {"tab0", 'o', TAB0, TABDLY, true}, {"bs0", 'o', BS0, BSDLY, true},
	{"vt0", 'o', VT0, VTDLY, true}, {"ff0", 'o', FF0, FFDLY, true},
	{"isig", 'l', ISIG, 0, true}, {"icanon", 'l', ICANON, 0, true}, {"iexten", 'l', IEXTEN, 0, true}, {"echo", 'l', ECHO, 0, true},
	{"echoe", 'l', ECHOE, 0, true}, {"echok", 'l', ECHOK, 0, true}, {"echonl", 'l', ECHONL, 0, false}, {"noflsh", 'l', NOFLSH, 0, false},
	{"xcase", 'l', XCASE, 0, false}, {"tostop", 'l', TOSTOP, 0, false}, {"echoprt", 'l', ECHOPRT, 0, false}, {"echoctl", 'l', ECHOCTL, 0, true},
	{"echoke", 'l', ECHOKE, 0, true}, {"flusho", 'l', FLUSHO, 0, false}, {"extproc", 'l', EXTPROC, 0, false},
};
enum { MODES = sizeof modes / sizeof *modes };

static const struct {
	const char *name;
	int index;
	int sane;
} characters[] = {{"intr", VINTR, 3}, {"quit", VQUIT, 28}, {"erase", VERASE, 127}, {"kill", VKILL, 21}, {"eof", VEOF, 4}, {"eol", VEOL, 0},
	{"eol2", VEOL2, 0}, {"swtch", VSWTC, 0}, {"start", VSTART, 17}, {"stop", VSTOP, 19}, {"susp", VSUSP, 26}, {"rprnt", VREPRINT, 18},
	{"werase", VWERASE, 23}, {"lnext", VLNEXT, 22}, {"discard", VDISCARD, 15}};
enum { CHARACTERS = sizeof characters / sizeof *characters };

static const struct {
	speed_t code;
	unsigned rate;
} speeds[] = {{B0, 0}, {B50, 50}, {B75, 75}, {B110, 110}, {B134, 134}, {B150, 150}, {B200, 200}, {B300, 300}, {B600, 600}, {B1200, 1200},
	{B1800, 1800}, {B2400, 2400}, {B4800, 4800}, {B9600, 9600}, {B19200, 19200}, {B38400, 38400}, {B57600, 57600}, {B115200, 115200}, {B230400, 230400}};

static struct termios now;
static const char *device_name = "standard input";
static int device = STDIN_FILENO;

static tcflag_t *field_of(char field)
{
	return field == 'c' ? &now.c_cflag : field == 'i' ? &now.c_iflag : field == 'o' ? &now.c_oflag : &now.c_lflag;
}

static bool is_set(const struct mode *mode)
{
	tcflag_t value = *field_of(mode->field);
	return mode->mask ? (value & mode->mask) == mode->bits : (value & mode->bits) != 0;
}

static unsigned baud(void)
{
	for (size_t i = 0; i < sizeof speeds / sizeof *speeds; i++)
		if (speeds[i].code == cfgetospeed(&now))
			return speeds[i].rate;
	return 0;
}

static char *character_text(cc_t c)
{
	if (!c)
		return duplicate("<undef>");
	if (c >= 128)
		return c - 128 < 32 ? format_text("M-^%c", (c - 128) ^ 64) : format_text("M-%c", c - 128);
	return c < 32 || c == 127 ? format_text("^%c", c ^ 64) : format_text("%c", c);
}

/* Words in lines that fit the terminal. */
static void put_word(const char *word, int *column)
{
	int columns, rows;
	terminal_size(device, &columns, &rows);
	if (*column && *column + 1 + (int)strlen(word) > columns) {
		putchar('\n');
		*column = 0;
	}
	*column += printf("%s%s", *column ? " " : "", word);
}

static void end_line(int *column)
{
	if (*column)
		putchar('\n');
	*column = 0;
}

static void put_characters(bool all, int *column)
{
	for (size_t i = 0; i < CHARACTERS; i++) {
		cc_t c = now.c_cc[characters[i].index];
		if (!all && c == characters[i].sane)
			continue;
		char *text = character_text(c), *word = format_text("%s = %s;", characters[i].name, text);
		put_word(word, column);
		free(text);
		free(word);
	}
	if (all || !(now.c_lflag & ICANON)) {
		char *word = format_text("min = %d; time = %d;", now.c_cc[VMIN], now.c_cc[VTIME]);
		put_word(word, column);
		free(word);
	}
	end_line(column);
}

static void put_modes(bool all)
{
	struct winsize size = {0};
	int column = 0;
	ioctl(device, TIOCGWINSZ, &size);
	if (all)
		printf("speed %u baud; rows %d; columns %d; line = %d;\n", baud(), size.ws_row, size.ws_col, now.c_line);
	else
		printf("speed %u baud; line = %d;\n", baud(), now.c_line);
	put_characters(all, &column);
	char field = modes[0].field;
	for (size_t i = 0; i < MODES; i++) {
		bool on = is_set(&modes[i]);
		if (modes[i].field != field)
			end_line(&column);
		field = modes[i].field;
		if ((modes[i].mask && !on) || (!all && on == modes[i].sane))
			continue;
		char *word = format_text("%s%s", on ? "" : "-", modes[i].name);
		put_word(word, &column);
		free(word);
	}
	end_line(&column);
}

static void put_codes(void)
{
	printf("%x:%x:%x:%x", now.c_iflag, now.c_oflag, now.c_cflag, now.c_lflag);
	for (int i = 0; i < 32; i++)
		printf(":%x", i < NCCS ? now.c_cc[i] : 0);
	putchar('\n');
}

static bool take_codes(const char *text)
{
	struct termios next = now;
	int used = 0;
	if (sscanf(text, "%x:%x:%x:%x%n", &next.c_iflag, &next.c_oflag, &next.c_cflag, &next.c_lflag, &used) != 4)
		return false;
	const char *at = text + used;
	for (int i = 0; *at == ':' && i < NCCS; i++)
		next.c_cc[i] = (cc_t)strtoul(at + 1, (char **)&at, 16);
	now = next;
	return true;
}

static bool take_combination(const char *word)
{
	if (!strcmp(word, "sane")) {
		sane_modes(&now);
	} else if (!strcmp(word, "raw") || !strcmp(word, "-cooked")) {
		now.c_iflag = 0;
		now.c_oflag &= ~(tcflag_t)OPOST;
		now.c_lflag &= ~(tcflag_t)(ISIG | ICANON | XCASE);
		now.c_cc[VMIN] = 1;
		now.c_cc[VTIME] = 0;
	} else if (!strcmp(word, "-raw") || !strcmp(word, "cooked")) {
		now.c_iflag |= BRKINT | IGNPAR | ISTRIP | ICRNL | IXON;
		now.c_oflag |= OPOST;
		now.c_lflag |= ISIG | ICANON;
	} else if (!strcmp(word, "cbreak")) {
		now.c_lflag &= ~(tcflag_t)ICANON;
	} else if (!strcmp(word, "-cbreak")) {
		now.c_lflag |= ICANON;
	} else if (!strcmp(word, "nl")) {
		now.c_iflag &= ~(tcflag_t)ICRNL;
		now.c_oflag &= ~(tcflag_t)ONLCR;
	} else if (!strcmp(word, "-nl")) {
		now.c_iflag |= ICRNL;
		now.c_oflag |= ONLCR;
	} else if (!strcmp(word, "evenp") || !strcmp(word, "parity")) {
		now.c_cflag = (now.c_cflag & ~(tcflag_t)(PARODD | CSIZE)) | PARENB | CS7;
	} else if (!strcmp(word, "oddp")) {
		now.c_cflag = (now.c_cflag & ~(tcflag_t)CSIZE) | PARENB | PARODD | CS7;
	} else if (!strcmp(word, "-parity") || !strcmp(word, "-evenp") || !strcmp(word, "-oddp")) {
		now.c_cflag = (now.c_cflag & ~(tcflag_t)(PARENB | CSIZE)) | CS8;
	} else if (!strcmp(word, "ek") || !strcmp(word, "dec")) {
		now.c_cc[VERASE] = 127;
		now.c_cc[VKILL] = 21;
	} else {
		return false;
	}
	return true;
}

static cc_t parse_character(const char *text)
{
	if (!strcmp(text, "undef") || !strcmp(text, "^-") || !*text)
		return 0;
	if (text[0] == '^' && text[1])
		return text[1] == '?' ? 127 : (cc_t)(toupper((unsigned char)text[1]) & 31);
	if (isdigit((unsigned char)text[0]) && text[1])
		return (cc_t)strtoul(text, NULL, 0);
	return (cc_t)text[0];
}

/* Settings that take a value; false if the word is none of them. */
static bool take_valued(const char *word, const char *value, bool *set_size)
{
	static struct winsize size;
	bool rows = !strcmp(word, "rows"), columns = !strcmp(word, "cols") || !strcmp(word, "columns");
	if (rows || columns) {
		if (!*set_size && ioctl(device, TIOCGWINSZ, &size))
			size = (struct winsize){0};
		if (rows)
			size.ws_row = (unsigned short)parse_integer(value ? value : "", "argument");
		else
			size.ws_col = (unsigned short)parse_integer(value ? value : "", "argument");
		if (ioctl(device, TIOCSWINSZ, &size))
			err(1, "%s", device_name);
		return *set_size = true;
	}
	if (!strcmp(word, "min") || !strcmp(word, "time")) {
		now.c_cc[*word == 'm' ? VMIN : VTIME] = (cc_t)parse_integer(value ? value : "", "argument");
		return true;
	}
	for (size_t i = 0; i < CHARACTERS; i++) {
		if (strcmp(word, characters[i].name))
			continue;
		if (!value)
			usage_error("missing argument to '%s'", word);
		now.c_cc[characters[i].index] = parse_character(value);
		return true;
	}
	return false;
}

static bool take_plain(const char *word)
{
	bool off = *word == '-';
	for (size_t i = 0; i < MODES; i++) {
		if (strcmp(word + off, modes[i].name) || (off && modes[i].mask))
			continue;
		tcflag_t *field = field_of(modes[i].field);
		*field = (*field & ~(modes[i].mask | modes[i].bits)) | (off ? 0 : modes[i].bits);
		return true;
	}
	for (size_t i = 0; isdigit((unsigned char)*word) && i < sizeof speeds / sizeof *speeds; i++) {
		if (strtoul(word, NULL, 10) != speeds[i].rate)
			continue;
		cfsetispeed(&now, speeds[i].code);
		cfsetospeed(&now, speeds[i].code);
		return true;
	}
	return take_combination(word);
}

static bool put_query(const char *word)
{
	struct winsize size;
	if (!strcmp(word, "speed")) {
		printf("%u\n", baud());
		return true;
	}
	if (strcmp(word, "size"))
		return false;
	if (ioctl(device, TIOCGWINSZ, &size))
		err(1, "%s", device_name);
	printf("%d %d\n", size.ws_row, size.ws_col);
	return true;
}

static void open_device(const char *name)
{
	device_name = name;
	device = open(name, O_RDWR | O_NONBLOCK);
	if (device < 0)
		err(1, "%s", name);
}

int main(int argc, char **argv)
{
	bool all = false, codes = false;
	char **word = argv + 1;
	(void)argc;
	for (; *word; word++) {
		if (!strcmp(*word, "-a") || !strcmp(*word, "--all"))
			all = true;
		else if (!strcmp(*word, "-g") || !strcmp(*word, "--save"))
			codes = true;
		else if (!strncmp(*word, "-F", 2) && (*word)[2])
			open_device(*word + 2);
		else if (!strcmp(*word, "-F") && word[1])
			open_device(*++word);
		else if (!strncmp(*word, "--file=", 7))
			open_device(*word + 7);
		else
			break;
	}
	if (tcgetattr(device, &now))
		err(1, "%s", device_name);
	if (codes)
		put_codes();
	else if (all || !*word)
		put_modes(all);
	struct termios before = now;
	bool set_size = false;
	for (; *word; word++) {
		if (take_valued(*word, word[1], &set_size))
			word++;
		else if (!put_query(*word) && !take_plain(*word) && !take_codes(*word))
			usage_error("invalid argument '%s'", *word);
	}
	if (memcmp(&before, &now, sizeof now) && tcsetattr(device, TCSADRAIN, &now))
		err(1, "%s", device_name);
	return 0;
}
