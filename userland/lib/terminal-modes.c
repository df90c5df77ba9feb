/* The line discipline in order: stty sane, reset. */
#include "terminal-modes.h"

void sane_modes(struct termios *modes)
{
	static const struct {
		int index;
		cc_t value;
	} characters[] = {{VINTR, 3}, {VQUIT, 28}, {VERASE, 127}, {VKILL, 21}, {VEOF, 4}, {VSTART, 17}, {VSTOP, 19}, {VSUSP, 26},
		{VREPRINT, 18}, {VWERASE, 23}, {VLNEXT, 22}, {VDISCARD, 15}, {VMIN, 1}, {VTIME, 0}, {VEOL, 0}, {VEOL2, 0}};
	modes->c_iflag = BRKINT | ICRNL | IXON | IMAXBEL | IUTF8;
	modes->c_oflag = OPOST | ONLCR;
	modes->c_lflag = ISIG | ICANON | IEXTEN | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE;
	modes->c_cflag = (modes->c_cflag & ~(tcflag_t)(CSIZE | PARENB | CSTOPB)) | CS8 | CREAD;
	for (unsigned i = 0; i < sizeof characters / sizeof *characters; i++)
		modes->c_cc[characters[i].index] = characters[i].value;
}
