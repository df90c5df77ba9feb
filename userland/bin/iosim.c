/*
 * iosim: in which order a disk's heads serve requests, and how far they move
 *
 * Usage: iosim --algo NAME --requests FILE [--head N] [--cylinders N] [--down]
 *   -a, --algo NAME      fcfs, ssf, scan, c-scan, look or c-look
 *   -r, --requests FILE  cylinders in order of arrival, with blanks between them; - is standard input
 *   -h, --head N         where the heads are (0)
 *   -c, --cylinders N    of the disk (200): scan and c-scan go to its end
 *   -d, --down           the heads come from above
 * Prints the order, with the ends that scan and c-scan visit in brackets, and the cylinders that were passed.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "numbers.h"
#include "tools.h"

enum { REQUEST_LIMIT = 4096 };
enum algorithm { FCFS, SSF, SCAN, C_SCAN, LOOK, C_LOOK, ALGORITHM_COUNT };

static const char *const NAMES[ALGORITHM_COUNT] = {"fcfs", "ssf", "scan", "c-scan", "look", "c-look"};

static long requests[REQUEST_LIMIT];
static bool is_served[REQUEST_LIMIT];
static int request_count;
static long head, cylinders = 200, movement;

static void read_requests(const char *path)
{
	FILE *input = strcmp(path, "-") ? fopen(path, "re") : stdin;
	char word[32];
	if (!input)
		err(1, "%s", path);
	while (fscanf(input, "%31s", word) == 1) {
		long long cylinder = parse_integer(word, "cylinder");
		if (cylinder < 0 || cylinder >= cylinders)
			errx(1, "the disk has no cylinder %lld", cylinder);
		if (request_count == REQUEST_LIMIT)
			errx(1, "more than %d requests", REQUEST_LIMIT);
		requests[request_count++] = (long)cylinder;
	}
	if (input != stdin)
		fclose(input);
}

static void move_to(long cylinder)
{
	movement += labs(cylinder - head);
	head = cylinder;
}

/* The request that waits and is nearest, in one direction (1, -1) or in both (0); of equals the one that came first. */
static int nearest(int direction)
{
	int found = -1;
	for (int i = 0; i < request_count; i++) {
		long distance = requests[i] - head;
		if (is_served[i] || distance * direction < 0)
			continue;
		if (found < 0 || labs(distance) < labs(requests[found] - head))
			found = i;
	}
	return found;
}

static int first_waiting(void)
{
	for (int i = 0; i < request_count; i++)
		if (!is_served[i])
			return i;
	return -1;
}

static void visit_end(long cylinder)
{
	move_to(cylinder);
	printf(" [%ld]", cylinder);
}

/* Nothing is left in front of the heads. */
static int turn(enum algorithm algorithm, int *direction)
{
	long end = *direction > 0 ? cylinders - 1 : 0, start = *direction > 0 ? 0 : cylinders - 1;
	if (algorithm == SCAN || algorithm == C_SCAN)
		visit_end(end);
	if (algorithm == SCAN || algorithm == LOOK) {
		*direction = -*direction;
		return nearest(*direction);
	}
	if (algorithm == C_SCAN)
		visit_end(start);
	else {
		/* The one that is farthest behind. */
		int found = first_waiting();
		for (int i = 0; i < request_count; i++)
			if (!is_served[i] && (requests[i] - requests[found]) * *direction < 0)
				found = i;
		return found;
	}
	return nearest(*direction);
}

static int choose(enum algorithm algorithm, int *direction)
{
	if (algorithm == FCFS)
		return first_waiting();
	if (algorithm == SSF)
		return nearest(0);
	int found = nearest(*direction);
	return found >= 0 ? found : turn(algorithm, direction);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"algo", required_argument, NULL, 'a'}, {"requests", required_argument, NULL, 'r'}, {"head", required_argument, NULL, 'h'}, {"cylinders", required_argument, NULL, 'c'}, {"down", no_argument, NULL, 'd'}, {0}};
	int algorithm = ALGORITHM_COUNT, direction = 1;
	const char *path = NULL, *name = "";
	for (int option; (option = next_long_option(argc, argv, "a:r:h:c:d", longs)) != -1;) {
		switch (option) {
		case 'a': name = optarg; break;
		case 'r': path = optarg; break;
		case 'h': head = (long)parse_integer(optarg, "head"); break;
		case 'c': cylinders = (long)parse_integer(optarg, "cylinders"); break;
		default: direction = -1;
		}
	}
	for (algorithm = 0; algorithm < ALGORITHM_COUNT && strcmp(name, NAMES[algorithm]); algorithm++)
		continue;
	if (algorithm == ALGORITHM_COUNT || !path)
		usage_error("--algo fcfs|ssf|scan|c-scan|look|c-look and --requests FILE are needed");
	if (cylinders < 1 || head < 0 || head >= cylinders)
		errx(1, "the heads are not on the disk");
	read_requests(path);
	printf("%s: %ld", name, head);
	for (int served = 0; served < request_count; served++) {
		int next = choose(algorithm, &direction);
		is_served[next] = true;
		move_to(requests[next]);
		printf(" %ld", head);
	}
	printf("\nhead movement: %ld cylinders\n", movement);
	return 0;
}
