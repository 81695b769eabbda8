/* libFuzzer as a library: the program is .NET, which calls fuzzer_run and is called for every input. */
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

typedef int (*take_input)(const uint8_t *data, size_t size);
typedef void (*mutate_input)(uint8_t *data, size_t size, unsigned int seed);

/* Of <FuzzerInterface.h>, which Debian's package does not have. */
int LLVMFuzzerRunDriver(int *argc, char ***argv, take_input take);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

/* The instrumented library counts here. libFuzzer looks at all of the section after each input, and clears it. */
__attribute__((section("__libfuzzer_extra_counters"))) static uint8_t counters[1 << 15];

static mutate_input mutate;

EXPORT uint8_t *fuzzer_counters(void)
{
	return counters;
}

EXPORT int fuzzer_run(int argc, char **argv, take_input take, mutate_input custom)
{
	mutate = custom;
	return LLVMFuzzerRunDriver(&argc, &argv, take);
}

/* One time in two libFuzzer's own mutations, which know bytes only. */
EXPORT size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	if (seed % 2 == 0 || size == 0)
		return LLVMFuzzerMutate(data, size, max_size);
	mutate(data, size, seed);
	return size;
}

/* Nanoseconds of the calling thread. */
EXPORT int64_t fuzzer_thread_time(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

EXPORT void fuzzer_exit(int status)
{
	_exit(status);
}
