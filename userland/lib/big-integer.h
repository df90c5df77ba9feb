/* Integers of any length, as decimal text with a sign in front of negative ones. */
#ifndef BIG_INTEGER_H
#define BIG_INTEGER_H

/* -1, 0 or 1. */
int integer_compare(const char *a, const char *b);

/* a + b, -, *, / or % on the heap; a quotient is cut towards zero, and a remainder has the sign of a. b must not be 0 for these. */
char *integer_calculate(const char *a, const char *b, char operator);

#endif
