/*
 * true: do nothing, successfully
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/true.html
 *
 * Usage: true
 * Exits with status 0.
 */
int main(void)
{
	return 0;
}
