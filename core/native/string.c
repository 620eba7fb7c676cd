// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory functions that the tree has in assembly. Compiled with its flags, and as instrumented. A crash
 * in one is named as it is there.
 */
#include <linux/types.h>

void *memcpy(void *to, const void *from, size_t n);
void *__memset(void *to, int c, size_t n);
void *memset(void *to, int c, size_t n) __attribute__((weak, alias("__memset")));
void *memmove(void *to, const void *from, size_t n);

void *memcpy(void *to, const void *from, size_t n)
{
	const char *s = from;
	char *d = to;

	while (n--)
		*d++ = *s++;
	return to;
}

void *memmove(void *to, const void *from, size_t n)
{
	const char *s = from;
	char *d = to;

	if (d <= s)
		return memcpy(to, from, n);
	while (n--)
		d[n] = s[n];
	return to;
}

void *__memset(void *to, int c, size_t n)
{
	char *d = to;

	while (n--)
		*d++ = c;
	return to;
}
