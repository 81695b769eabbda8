/*
 * Does with libbpf what the benchmark does with maps that are there: the same operations on the same keys, each by itself or in
 * batches. Says which libbpf it is; then reads what to do and how many times, and answers with the nanoseconds of processor time.
 * Usage: maps ID_OF_A_HASH ID_OF_AN_ARRAY ID_OF_A_LARGE_HASH [threads]
 * With "threads" a second thread sleeps beside, as some do in every .NET process: in a process with several, the kernel counts
 * the uses of a descriptor, which takes some 30 ns in every call (fdget in include/linux/file.h).
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MASK 1023
#define LARGE 100000
#define BATCH 4096

static int hash, array, large;
static uint32_t keys[LARGE];
static uint64_t values[LARGE];
static uint64_t sum;

static int64_t processor_time(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static void check(int error, const char *what)
{
	if (!error)
		return;
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

static void look_up(int map, long times)
{
	for (long i = 0; i < times; i++) {
		uint32_t key = i & MASK;
		uint64_t value;

		check(bpf_map_lookup_elem(map, &key, &value), "look up");
		sum += value;
	}
}

static void update(int map, long times)
{
	for (long i = 0; i < times; i++) {
		uint32_t key = i & MASK;
		uint64_t value = i;

		check(bpf_map_update_elem(map, &key, &value, BPF_ANY), "update");
	}
}

static void delete_and_add(long times)
{
	for (long i = 0; i < times; i++) {
		uint32_t key = i & MASK;
		uint64_t value = i;

		check(bpf_map_delete_elem(hash, &key), "delete");
		check(bpf_map_update_elem(hash, &key, &value, BPF_NOEXIST), "add");
	}
}

/* As every program does that has no batches: a key, its value, the next key. */
static void walk_by_key(long times)
{
	for (long i = 0; i < times; i++) {
		uint32_t key, *previous = NULL;
		uint64_t value;

		while (!bpf_map_get_next_key(large, previous, &key)) {
			check(bpf_map_lookup_elem(large, &key, &value), "look up");
			sum += key + value;
			previous = &key;
		}
	}
}

static void walk_by_batch(long times)
{
	for (long i = 0; i < times; i++) {
		uint32_t position;
		void *start = NULL;
		int error;

		do {
			uint32_t count = BATCH;

			error = bpf_map_lookup_batch(large, start, &position, keys, values, &count, NULL);
			if (error && errno != ENOENT)
				check(error, "look up a batch");
			for (uint32_t j = 0; j < count; j++)
				sum += keys[j] + values[j];
			start = &position;
		} while (!error);
	}
}

static void fill_by_key(long times)
{
	for (long i = 0; i < times; i++)
		for (uint32_t key = 0; key < LARGE; key++) {
			uint64_t value = key + i;

			check(bpf_map_update_elem(large, &key, &value, BPF_ANY), "update");
		}
}

static void fill_by_batch(long times)
{
	for (long i = 0; i < times; i++) {
		uint32_t count = LARGE;

		for (uint32_t key = 0; key < LARGE; key++) {
			keys[key] = key;
			values[key] = key + i;
		}
		check(bpf_map_update_batch(large, keys, values, &count, NULL), "update a batch");
	}
}

static void run(const char *work, long times)
{
	if (!strcmp(work, "lookup-hash"))
		look_up(hash, times);
	else if (!strcmp(work, "lookup-array"))
		look_up(array, times);
	else if (!strcmp(work, "update-hash"))
		update(hash, times);
	else if (!strcmp(work, "update-array"))
		update(array, times);
	else if (!strcmp(work, "delete-and-add"))
		delete_and_add(times);
	else if (!strcmp(work, "walk-by-key"))
		walk_by_key(times);
	else if (!strcmp(work, "walk-by-batch"))
		walk_by_batch(times);
	else if (!strcmp(work, "fill-by-key"))
		fill_by_key(times);
	else if (!strcmp(work, "fill-by-batch"))
		fill_by_batch(times);
	else
		exit(2);
}

static int open_map(const char *id)
{
	int map = bpf_map_get_fd_by_id(strtoul(id, NULL, 10));

	check(map < 0, "open a map");
	return map;
}

static void *sleep_on(void *unused)
{
	for (;;)
		pause();
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	char work[32];
	long times;

	if (argc < 4)
		return 2;
	if (argc > 4 && pthread_create(&thread, NULL, sleep_on, NULL))
		return 1;
	hash = open_map(argv[1]);
	array = open_map(argv[2]);
	large = open_map(argv[3]);
	printf("libbpf %s\n", libbpf_version_string());
	fflush(stdout);
	while (scanf("%31s %ld", work, &times) == 2) {
		int64_t start = processor_time();

		run(work, times);
		printf("%lld\n", (long long)(processor_time() - start));
		fflush(stdout);
	}
	return sum == 42;
}
