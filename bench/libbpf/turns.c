/*
 * Runs programs in turns, each in processes of its own, and prints for each the median of the real and of the processor
 * time from its start to its end, in milliseconds.
 * Usage: turns ROUNDS PROGRAM [ARGUMENT...] [, PROGRAM [ARGUMENT...]]...
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOST_PROGRAMS 8

extern char **environ;

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

static double milliseconds(struct timeval time)
{
	return time.tv_sec * 1e3 + time.tv_usec / 1e3;
}

static int run(char **command, const posix_spawn_file_actions_t *silence, double *real, double *processor)
{
	struct rusage used;
	double start = now();
	int status;
	pid_t child;

	if (posix_spawn(&child, command[0], silence, NULL, command, environ) || wait4(child, &status, 0, &used) < 0 || status)
		return 1;
	*real = now() - start;
	*processor = milliseconds(used.ru_utime) + milliseconds(used.ru_stime);
	return 0;
}

static int ascending(const void *first, const void *second)
{
	double difference = *(const double *)first - *(const double *)second;

	return (difference > 0) - (difference < 0);
}

int main(int argc, char **argv)
{
	posix_spawn_file_actions_t silence;
	char **commands[MOST_PROGRAMS] = { argv + 2 };
	int rounds = argc > 2 ? atoi(argv[1]) : 0, count = 1;
	double *times;

	for (int i = 2; i < argc; i++) {
		if (strcmp(argv[i], ","))
			continue;
		argv[i] = NULL;
		if (count < MOST_PROGRAMS)
			commands[count++] = argv + i + 1;
	}
	times = calloc((size_t)count * 2 * (rounds > 0 ? rounds : 1), sizeof(*times));
	if (rounds < 1 || !times)
		return 2;
	posix_spawn_file_actions_init(&silence);
	posix_spawn_file_actions_addopen(&silence, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);

	/* The first round brings the files into memory. */
	for (int round = -1; round < rounds; round++) {
		for (int i = 0; i < count; i++) {
			double *real = times + (size_t)i * 2 * rounds + (round < 0 ? 0 : round), *processor = real + rounds;

			if (run(commands[i], &silence, real, processor)) {
				fprintf(stderr, "%s fails\n", commands[i][0]);
				return 1;
			}
		}
	}
	for (int i = 0; i < count; i++) {
		double *real = times + (size_t)i * 2 * rounds, *processor = real + rounds;

		qsort(real, rounds, sizeof(*real), ascending);
		qsort(processor, rounds, sizeof(*processor), ascending);
		printf("%8.2f ms real %8.2f ms processor   %s\n", real[rounds / 2], processor[rounds / 2], commands[i][0]);
	}
	return 0;
}
