/* File modes as text: `-rwxr-xr-x`, and the symbolic and octal forms of chmod. */
#ifndef MODE_H
#define MODE_H

#include <sys/stat.h>

/* Writes the ten characters of `ls -l` and a NUL. Returns text. */
char *mode_string(mode_t mode, char text[11]);

/* True if the text is a valid mode. */
int mode_valid(const char *text);

/* The mode that `text` makes of `old`; directories matter for X, the umask for absent `who`. */
mode_t mode_apply(const char *text, mode_t old, int directory, mode_t mask);

/* Name of the file type as stat and `rm -i` print it. */
const char *mode_type(mode_t mode, long long size);

#endif
