/* What the two halves of awk's interpreter share. */
#ifndef AWK_RUN_H
#define AWK_RUN_H

#include "awk.h"

enum awk_outcome { AWK_NORMAL, AWK_BREAK, AWK_CONTINUE, AWK_RETURN };

extern struct awk_cell *awk_locals;   /* of the function that runs */
extern int awk_depth;                 /* of calls */
extern struct awk_value awk_returned; /* of the return statement that ended a function */

enum awk_outcome awk_execute(struct awk_node *node);
double awk_number_of(struct awk_node *node);
bool awk_truth_of(struct awk_node *node);
/* Subscripts joined by SUBSEP. */
struct awk_string *awk_key_of(struct awk_node *list);

#endif
