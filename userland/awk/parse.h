/* What the two halves of awk's parser share. */
#ifndef AWK_PARSE_H
#define AWK_PARSE_H

#include "awk.h"

extern const struct awk_function *awk_current_function; /* whose body is being read */
extern bool awk_no_in, awk_no_greater;                  /* in `for (`, in `print` */
extern bool awk_pipe_seen;                              /* a | was read that belongs to print */

struct awk_node *awk_make(enum awk_operation operation, int detail, struct awk_node *a, struct awk_node *b);
bool awk_accept(int token);
void awk_expect(int token);
void awk_skip_newlines(void);
void awk_skip_terminators(void);

/* The parameter or global of that name. */
struct awk_node *awk_variable(const char *name);
/* Number of a function, which may be defined later. */
int awk_function_number(const char *name);
/* Expressions up to the closing token, linked by `next`. */
struct awk_node *awk_parse_list(int closing);
struct awk_node *awk_parse_concatenation(void);
struct awk_node *awk_parse_expression(void);

#endif
