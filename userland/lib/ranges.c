/* Lists of ranges such as 1,3-5,7-. */
#include "ranges.h"

#include <ctype.h>
#include <stdlib.h>

#include "tools.h"

bool ranges_parse(struct ranges *ranges, const char *list)
{
	for (;;) {
		char *end;
		size_t first = 1, last;
		bool number = isdigit((unsigned char)*list);
		if (number) {
			first = strtoul(list, &end, 10);
			list = end;
		}
		last = first;
		if (*list == '-') {
			list++;
			bool closed = isdigit((unsigned char)*list);
			if (!number && !closed)
				return false;
			last = closed ? strtoul(list, &end, 10) : (size_t)-1;
			list = closed ? end : list;
		} else if (!number) {
			return false;
		}
		if (first == 0 || last < first)
			return false;
		ranges->items = reallocate(ranges->items, (ranges->count + 1) * sizeof *ranges->items);
		ranges->items[ranges->count].first = first;
		ranges->items[ranges->count++].last = last;
		if (!*list)
			return true;
		if (*list != ',' && !isblank((unsigned char)*list))
			return false;
		list++;
	}
}

bool ranges_contain(const struct ranges *ranges, size_t number)
{
	for (size_t i = 0; i < ranges->count; i++)
		if (number >= ranges->items[i].first && number <= ranges->items[i].last)
			return true;
	return false;
}
