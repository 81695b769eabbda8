// SPDX-License-Identifier: MIT
/* A hundred programs with work for the verifier: loops that it has to go through, with a choice in each round. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, __u64);
} sums SEC(".maps");

const volatile __u32 limit = 1000;
__u64 seen;

#define PROGRAM(number)                                                       \
	SEC("socket") int program_##number(struct __sk_buff *skb)             \
	{                                                                     \
		__u64 sum = number;                                           \
									      \
		for (int i = 0; i < 120; i++) {                               \
			__u32 key = (skb->len + i) & 63;                      \
			__u64 *value = bpf_map_lookup_elem(&sums, &key);      \
									      \
			if (!value)                                           \
				return 0;                                     \
			sum += *value > limit ? *value : i;                   \
		}                                                             \
		seen += sum;                                                  \
		return sum & 0xffff;                                          \
	}

#define TEN(tens)                                                             \
	PROGRAM(tens##0) PROGRAM(tens##1) PROGRAM(tens##2) PROGRAM(tens##3)   \
	PROGRAM(tens##4) PROGRAM(tens##5) PROGRAM(tens##6) PROGRAM(tens##7)   \
	PROGRAM(tens##8) PROGRAM(tens##9)

TEN(1) TEN(2) TEN(3) TEN(4) TEN(5) TEN(6) TEN(7) TEN(8) TEN(9) TEN(10)
