/* The line discipline in order: stty sane, reset. */
#ifndef TERMINAL_MODES_H
#define TERMINAL_MODES_H

#include <termios.h>

void sane_modes(struct termios *modes);

#endif
