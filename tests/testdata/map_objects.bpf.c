// SPDX-License-Identifier: MIT
/* Maps that hold programs, maps, cgroups and perf events; stacks; values that belong to kernel objects. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} jumps SEC(".maps");

struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 4);
	__type(key, __u32);
	__array(values, struct inner);
} outer_array SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 8);
	__type(key, __u64);
	__array(values, struct inner);
} outer_hash SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_CGROUP_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u32);
} cgroups SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__type(key, __u32);
	__type(value, __u32);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 64);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, 16 * sizeof(__u64));
} stacks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 64);
	__uint(map_flags, BPF_F_STACK_BUILD_ID);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, 16 * sizeof(struct bpf_stack_build_id));
} places SEC(".maps");

struct note {
	__u64 count;
	__u32 writer;
	__u32 reserved;
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct note);
} socket_notes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct note);
} task_notes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_INODE_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct note);
} inode_notes SEC(".maps");

struct {
	__uint(type, 32);	/* BPF_MAP_TYPE_CGRP_STORAGE: newer than some headers */
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct note);
} cgroup_notes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_CGROUP_STORAGE);
	__type(key, struct bpf_cgroup_storage_key);
	__type(value, __u64);
} old_notes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE);
	__type(key, struct bpf_cgroup_storage_key);
	__type(value, __u64);
} old_cpu_notes SEC(".maps");

struct cgroup;
struct css_set {
	struct cgroup *dfl_cgrp;
} __attribute__((preserve_access_index));

struct task_struct {
	int pid;
	struct css_set *cgroups;
} __attribute__((preserve_access_index));

struct inode;
struct file {
	struct inode *f_inode;
} __attribute__((preserve_access_index));

__u32 slot;	/* where to look */

SEC("tc")
int jump(struct __sk_buff *skb)
{
	bpf_tail_call(skb, &jumps, slot);
	return 33;
}

SEC("tc")
int eleven(struct __sk_buff *skb)
{
	return 11;
}

SEC("xdp")
int other_kind(struct xdp_md *ctx)
{
	return XDP_PASS;
}

SEC("tc")
int count_in_array(struct __sk_buff *skb)
{
	__u32 zero = 0;
	void *inner = bpf_map_lookup_elem(&outer_array, &slot);
	__u64 *value = inner ? bpf_map_lookup_elem(inner, &zero) : 0;

	if (!value)
		return 0;
	*value += 1;
	return 1;
}

SEC("tc")
int count_in_hash(struct __sk_buff *skb)
{
	__u32 zero = 0;
	__u64 key = slot;
	void *inner = bpf_map_lookup_elem(&outer_hash, &key);
	__u64 *value = inner ? bpf_map_lookup_elem(inner, &zero) : 0;

	if (!value)
		return 0;
	*value += 1;
	return 1;
}

SEC("raw_tp")
int in_cgroup(void *ctx)
{
	return bpf_current_task_under_cgroup(&cgroups, slot);
}

SEC("tc")
int send_event(struct __sk_buff *skb)
{
	return bpf_perf_event_output(skb, &events, slot, &slot, sizeof(slot));
}

/* The id of the stack, or an error. */
SEC("raw_tp")
int kernel_stack(void *ctx)
{
	return bpf_get_stackid(ctx, &stacks, 0);
}

SEC("raw_tp")
int user_places(void *ctx)
{
	return bpf_get_stackid(ctx, &places, BPF_F_USER_STACK);
}

SEC("raw_tp")
int note_task(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task_btf();
	struct note *note = bpf_task_storage_get(&task_notes, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!note)
		return 1;
	note->count++;
	note->writer = task->pid;
	return 0;
}

SEC("raw_tp")
int note_cgroup(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task_btf();
	struct note *note = bpf_cgrp_storage_get(&cgroup_notes, task->cgroups->dfl_cgrp, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!note)
		return 1;
	note->count++;
	note->writer = task->pid;
	return 0;
}

/* Counts the opening of files that have a note already. */
SEC("lsm/file_open")
int note_file(__u64 *ctx)
{
	struct file *file = (void *)ctx[0];
	struct note *note = bpf_inode_storage_get(&inode_notes, file->f_inode, 0, 0);

	if (note)
		note->count++;
	return 0;
}

/* Counts what a cgroup sends. */
SEC("cgroup_skb/egress")
int note_packet(struct __sk_buff *skb)
{
	__u64 *all = bpf_get_local_storage(&old_notes, 0);
	__u64 *here = bpf_get_local_storage(&old_cpu_notes, 0);

	*all += 1;
	*here += 1;
	return 1;
}

/* Counts what a socket sends, from below. */
SEC("cgroup_skb/egress")
int note_socket(struct __sk_buff *skb)
{
	struct bpf_sock *socket = skb->sk;
	struct note *note;

	if (!socket)
		return 1;
	socket = bpf_sk_fullsock(socket);
	if (!socket)
		return 1;
	note = bpf_sk_storage_get(&socket_notes, socket, 0, 0);
	if (note)
		note->count++;
	return 1;
}
