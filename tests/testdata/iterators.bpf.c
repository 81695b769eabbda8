// SPDX-License-Identifier: MIT
/* Iterators that write text and records. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct seq_file;
struct bpf_iter_meta {
	struct seq_file *seq;
	__u64 session_id;
	__u64 seq_num;
};
struct task_struct {
	int pid;
	int tgid;
};
struct vm_area_struct {
	unsigned long vm_start;
	unsigned long vm_end;
};
struct kernfs_node {
	__u64 id;
};
struct cgroup {
	struct kernfs_node *kn;
};
struct bpf_map {
	__u32 id;
};
struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};
struct bpf_iter__task_vma {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	struct vm_area_struct *vma;
};
struct bpf_iter__cgroup {
	struct bpf_iter_meta *meta;
	struct cgroup *cgroup;
};
struct bpf_iter__bpf_map {
	struct bpf_iter_meta *meta;
	struct bpf_map *map;
};
struct bpf_iter__bpf_map_elem {
	struct bpf_iter_meta *meta;
	struct bpf_map *map;
	void *key;
	void *value;
};
#pragma clang attribute pop

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 20000);
	__type(key, __u32);
	__type(value, __u64);
} numbers SEC(".maps");

/* Its keys are longer than what the iterator of numbers reads. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, __u16);
	__type(value, __u16);
} short_numbers SEC(".maps");

struct number {
	__u32 key;
	__u32 padding;
	__u64 value;
};

struct task {
	__s32 thread, process;
};

struct area {
	__u64 start, end;
	__s32 process;
	__u32 padding;
};

__u32 ask_again;	/* how often the program says "the same object again" */
__u32 fill;		/* how many bytes it writes for each object, beyond 8 */
__u64 runs;

SEC("?iter/task")
int tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct task record;

	if (!task)
		return 0;
	record.thread = task->pid;
	record.process = task->tgid;
	bpf_seq_write(ctx->meta->seq, &record, sizeof(record));
	return 0;
}

SEC("?iter/task")
int tasks_as_text(struct bpf_iter__task *ctx)
{
	static const char format[] = "%d %d\n";
	struct task_struct *task = ctx->task;
	__u64 arguments[2];

	if (!task) {
		static const char end[] = "end\n";

		bpf_seq_printf(ctx->meta->seq, end, sizeof(end), 0, 0);
		return 0;
	}
	arguments[0] = task->tgid;
	arguments[1] = task->pid;
	bpf_seq_printf(ctx->meta->seq, format, sizeof(format), arguments, sizeof(arguments));
	return 0;
}

SEC("?iter/task_vma")
int areas(struct bpf_iter__task_vma *ctx)
{
	struct task_struct *task = ctx->task;
	struct vm_area_struct *vma = ctx->vma;
	struct area record = {};

	if (!task || !vma)
		return 0;
	record.start = vma->vm_start;
	record.end = vma->vm_end;
	record.process = task->tgid;
	bpf_seq_write(ctx->meta->seq, &record, sizeof(record));
	return 0;
}

SEC("?iter/cgroup")
int cgroups(struct bpf_iter__cgroup *ctx)
{
	struct cgroup *cgroup = ctx->cgroup;
	__u64 id;

	if (!cgroup)
		return 0;
	id = cgroup->kn->id;
	bpf_seq_write(ctx->meta->seq, &id, sizeof(id));
	return 0;
}

SEC("?iter/bpf_map")
int maps(struct bpf_iter__bpf_map *ctx)
{
	struct bpf_map *map = ctx->map;
	__u32 id;

	if (!map)
		return 0;
	id = map->id;
	bpf_seq_write(ctx->meta->seq, &id, sizeof(id));
	return 0;
}

SEC("?iter/bpf_map_elem")
int elements(struct bpf_iter__bpf_map_elem *ctx)
{
	__u32 *key = ctx->key;
	__u64 *value = ctx->value;
	struct number record = {};

	if (!key || !value)
		return 0;
	record.key = *key;
	record.value = *value;
	bpf_seq_write(ctx->meta->seq, &record, sizeof(record));
	return 0;
}

/* Another walk over the same: only the values. */
SEC("?iter/bpf_map_elem")
int values(struct bpf_iter__bpf_map_elem *ctx)
{
	__u64 *value = ctx->value;
	__u64 record;

	if (!value)
		return 0;
	record = *value;
	bpf_seq_write(ctx->meta->seq, &record, sizeof(record));
	return 0;
}

/* Asks for the same element again as often as it is told to, and writes as much as it is told to. */
SEC("?iter/bpf_map_elem")
int unruly(struct bpf_iter__bpf_map_elem *ctx)
{
	__u64 *value = ctx->value;
	__u64 record;
	__u32 i;

	runs++;
	if (!value)
		return 0;
	if (ask_again) {
		ask_again--;
		return 1;
	}
	record = *value;
	bpf_seq_write(ctx->meta->seq, &record, sizeof(record));
	for (i = 0; i < 8192 && i * 8 < fill; i++)
		bpf_seq_write(ctx->meta->seq, &record, sizeof(record));
	return 0;
}
