// SPDX-License-Identifier: MIT
/* Tracepoints, which count what one process does. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, __u64);
} calls SEC(".maps");

const volatile __u32 traced_process;

static __always_inline int count(__u32 slot)
{
	__u64 one = 1, *seen;

	if (bpf_get_current_pid_tgid() >> 32 != traced_process)
		return 0;
	seen = bpf_map_lookup_elem(&calls, &slot);
	if (seen)
		__sync_fetch_and_add(seen, 1);
	else
		bpf_map_update_elem(&calls, &slot, &one, BPF_ANY);
	return 0;
}

SEC("tp/syscalls/sys_enter_getpgid")
int on_getpgid(void *ctx)
{
	return count(1);
}

SEC("raw_tp/sys_enter")
int on_raw_enter(struct bpf_raw_tracepoint_args *ctx)
{
	return count(2);
}

/* Cookies exist since Linux 5.15: not loaded unless asked. */
SEC("?tp/raw_syscalls/sys_enter")
int on_cookie(void *ctx)
{
	return count(bpf_get_attach_cookie(ctx));
}

SEC("tp")
int without_target(void *ctx)
{
	return count(3);
}
