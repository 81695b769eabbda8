// SPDX-License-Identifier: MIT
/*
 * An object of any size: UNITS times (10, 100 or 300) a map, variables, types of its own, a static and a global function
 * and two programs that use all of them and read the kernel's structures by CO-RE.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#define EACH_10(m, n) m(n##0) m(n##1) m(n##2) m(n##3) m(n##4) m(n##5) m(n##6) m(n##7) m(n##8) m(n##9)
#define EACH_100(m, n) EACH_10(m, n##0) EACH_10(m, n##1) EACH_10(m, n##2) EACH_10(m, n##3) EACH_10(m, n##4) \
	EACH_10(m, n##5) EACH_10(m, n##6) EACH_10(m, n##7) EACH_10(m, n##8) EACH_10(m, n##9)
#define EACH_300(m, n) EACH_100(m, n##1) EACH_100(m, n##2) EACH_100(m, n##3)
#define EACH_OF(m, count) EACH_##count(m, )
#define EACH(m, count) EACH_OF(m, count)

struct mm_struct {
	unsigned long start_code, end_code;
	unsigned long start_stack;
} __attribute__((preserve_access_index));

struct task_struct {
	int pid, tgid;
	struct mm_struct *mm;
	struct task_struct *real_parent;
	char comm[16];
} __attribute__((preserve_access_index));

#define UNIT(n) \
	struct key_##n { \
		__u32 pid; \
		__u32 kind; \
	}; \
	struct value_##n { \
		__u64 count; \
		__u64 bytes; \
		char comm[16]; \
		struct { __u32 low, high; } range; \
	}; \
	struct { \
		__uint(type, BPF_MAP_TYPE_HASH); \
		__uint(max_entries, 1024); \
		__type(key, struct key_##n); \
		__type(value, struct value_##n); \
	} map_##n SEC(".maps"); \
	const volatile __u32 limit_##n = 1##n % 97; \
	__u64 seen_##n; \
	__u32 state_##n = 1; \
	static __attribute__((noinline)) __u64 weigh_##n(struct task_struct *task, __u32 kind) \
	{ \
		__u64 start = BPF_CORE_READ(task, mm, start_stack); \
		if (kind > limit_##n) \
			return start; \
		return start + BPF_CORE_READ(task, real_parent, tgid) * kind; \
	} \
	__attribute__((noinline)) int count_##n(struct value_##n *value, __u64 bytes) \
	{ \
		if (!value) \
			return 0; \
		__sync_fetch_and_add(&value->count, 1); \
		value->bytes += bytes; \
		if (value->range.high < bytes) \
			value->range.high = bytes; \
		seen_##n++; \
		return value->range.high; \
	} \
	SEC("kprobe/function_" #n) \
	int enter_##n(struct pt_regs *context) \
	{ \
		struct task_struct *task = (void *)bpf_get_current_task(); \
		struct key_##n key = { .pid = BPF_CORE_READ(task, pid), .kind = state_##n }; \
		struct value_##n fresh = {}; \
		struct value_##n *value = bpf_map_lookup_elem(&map_##n, &key); \
		if (!value) { \
			bpf_get_current_comm(fresh.comm, sizeof(fresh.comm)); \
			bpf_map_update_elem(&map_##n, &key, &fresh, BPF_NOEXIST); \
			value = bpf_map_lookup_elem(&map_##n, &key); \
			if (!value) \
				return 0; \
		} \
		return count_##n(value, weigh_##n(task, key.kind)); \
	} \
	SEC("fexit/function_" #n) \
	int leave_##n(__u64 *context) \
	{ \
		struct task_struct *task = (void *)bpf_get_current_task(); \
		struct key_##n key = { .pid = BPF_CORE_READ(task, pid), .kind = (__u32)context[0] }; \
		if (weigh_##n(task, key.kind) > limit_##n) \
			bpf_map_delete_elem(&map_##n, &key); \
		else \
			state_##n = key.kind; \
		return 0; \
	}

EACH(UNIT, UNITS)

char LICENSE[] SEC("license") = "GPL";
