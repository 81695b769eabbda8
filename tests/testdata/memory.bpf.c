// SPDX-License-Identifier: MIT
/* Memory that programs and user space share: variables of many types, and arrays that can be mapped. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct pair {
	__u32 first;
	__u32 second;
	__u64 sum;
};

struct twelve {
	__u32 words[3];
};

enum step { START = 1, RUNNING, DONE };

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
	__uint(map_flags, BPF_F_MMAPABLE);
} numbers SEC(".maps");

/* Its elements lie 16 bytes apart. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 3);
	__type(key, __u32);
	__type(value, struct twelve);
	__uint(map_flags, BPF_F_MMAPABLE);
} odd SEC(".maps");

/* Programs only read it. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1000);
	__type(key, __u32);
	__type(value, __u64);
	__uint(map_flags, BPF_F_MMAPABLE | BPF_F_RDONLY_PROG);
} constants SEC(".maps");

const volatile __u32 limit = 5;

__u64 counter;
__u32 rounds = 1;
_Bool is_on;
__s16 small = -3;
enum step step = START;
struct pair pair = { .first = 1, .second = 2, .sum = 3 };
__u32 table[8];
char text[16] = "hello";
void *pointer;

/* A section of its own, in which nothing is visible. */
static volatile __u32 secret SEC(".data.secret") = 7;

/* A large one, which is not zero. */
__u64 large[512] SEC(".data.large") = { 1 };

SEC("socket")
int count(struct __sk_buff *skb)
{
	for (__u32 i = 0; i < 1000; i++) {
		if (i >= rounds)
			break;

		/* As the oldest kernels know it: compilers make an addition that returns the old value, of Linux 5.12. */
		asm volatile("lock *(u64 *)(%0 + 0) += %1" : : "r"(&counter), "r"(1ull) : "memory");
	}
	return limit;
}

SEC("socket")
int mirror(struct __sk_buff *skb)
{
	__u32 key = 1;
	__u64 *number = bpf_map_lookup_elem(&numbers, &key);
	struct twelve *twelve = bpf_map_lookup_elem(&odd, &key);
	__u64 *constant = bpf_map_lookup_elem(&constants, &key);

	if (!number || !twelve || !constant)
		return 0;
	*number += 1;
	twelve->words[2] = *number;
	pair.sum = pair.first + pair.second;
	table[3] = small;
	if (is_on)
		step = DONE;
	large[511] = text[0];
	secret++;
	return *constant;
}
