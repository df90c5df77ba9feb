/*
 * false: do nothing, unsuccessfully
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/false.html
 *
 * Usage: false
 * Exits with status 1.
 */
int main(void)
{
	return 1;
}
