// SPDX-License-Identifier: MIT
/* Uprobes, which count where they run. The cookie is the slot that is counted up, where there is one. */
#include <linux/bpf.h>
#include "registers.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, __u64);
} calls SEC(".maps");

__u64 last_argument;
__u64 last_return;
__u32 last_process;

static __always_inline int count(__u32 slot)
{
	__u64 *seen = bpf_map_lookup_elem(&calls, &slot);

	last_process = bpf_get_current_pid_tgid() >> 32;
	if (seen)
		__sync_fetch_and_add(seen, 1);
	return 0;
}

SEC("uprobe")
int on_entry(struct pt_regs *ctx)
{
	last_argument = PT_REGS_PARM1(ctx);
	return count(1);
}

SEC("uretprobe")
int on_return(struct pt_regs *ctx)
{
	last_return = PT_REGS_RC(ctx);
	return count(2);
}

SEC("?uprobe")
int on_cookie(struct pt_regs *ctx)
{
	return count(bpf_get_attach_cookie(ctx));
}

SEC("?uprobe.multi")
int on_many(struct pt_regs *ctx)
{
	return count(bpf_get_attach_cookie(ctx));
}

SEC("?uretprobe.multi")
int on_many_returns(struct pt_regs *ctx)
{
	return count(bpf_get_attach_cookie(ctx));
}

SEC("uprobe.multi")
int on_many_plain(struct pt_regs *ctx)
{
	return count(3);
}

SEC("?uprobe.session")
int on_session(struct pt_regs *ctx)
{
	return count(4);
}

SEC("uprobe/libc.so.6:getpgid")
int on_section(struct pt_regs *ctx)
{
	return count(6);
}

SEC("uretprobe/libc.so.6:getpgid")
int on_section_return(struct pt_regs *ctx)
{
	return count(7);
}

SEC("?uprobe.multi/libc.so.6:getpgi?")
int on_section_pattern(struct pt_regs *ctx)
{
	return count(8);
}
