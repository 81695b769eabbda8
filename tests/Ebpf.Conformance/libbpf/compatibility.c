// Lets a libbpf that was compiled against glibc 2.38 or newer be linked on an older system: the C23 number parsers
// (which also take "0b1") are the older ones under new names. Compile with -std=c11, so that the old ones are called.
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

unsigned long long __isoc23_strtoull(const char *text, char **end, int base);
unsigned long __isoc23_strtoul(const char *text, char **end, int base);
long __isoc23_strtol(const char *text, char **end, int base);
int __isoc23_sscanf(const char *text, const char *format, ...);
int __isoc23_fscanf(FILE *file, const char *format, ...);

unsigned long long __isoc23_strtoull(const char *text, char **end, int base)
{
	return strtoull(text, end, base);
}

unsigned long __isoc23_strtoul(const char *text, char **end, int base)
{
	return strtoul(text, end, base);
}

long __isoc23_strtol(const char *text, char **end, int base)
{
	return strtol(text, end, base);
}

int __isoc23_sscanf(const char *text, const char *format, ...)
{
	va_list list;
	int count;

	va_start(list, format);
	count = vsscanf(text, format, list);
	va_end(list);
	return count;
}

int __isoc23_fscanf(FILE *file, const char *format, ...)
{
	va_list list;
	int count;

	va_start(list, format);
	count = vfscanf(file, format, list);
	va_end(list);
	return count;
}
