// SPDX-License-Identifier: MIT OR GPL-2.0
//
// Tells of every program that is started, with its arguments and its parent, and of every attempt that failed.
//
// The events go through a queue: user space takes them out in the order in which they came, and what does not fit is
// counted.

#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#define NAME_SIZE 16
#define ARGUMENTS_SIZE 1024

/* The members of the kernel's structs that are read here. CO-RE finds where the running kernel has them. */
struct mm_struct {
	unsigned long arg_start;
	unsigned long arg_end;
} __attribute__((preserve_access_index));

struct task_struct {
	struct mm_struct *mm;
	struct task_struct *real_parent;
	int tgid;
	char comm[NAME_SIZE];
} __attribute__((preserve_access_index));

/* The records of the tracepoints: /sys/kernel/tracing/events/syscalls/sys_enter_execve/format and its like. */
struct system_call_begins {
	__u64 common;
	__s64 number;
	__u64 arguments[6];
};

struct system_call_ends {
	__u64 common;
	__s64 number;
	__s64 result;
};

struct event {
	__u64 time;			/* nanoseconds since the machine started, without sleep */
	__u32 process;
	__u32 parent;
	__u32 user;
	__s32 error;			/* 0, or the negative error of the attempt */
	__u32 arguments_length;		/* of all of them, each with the zero at its end; more than ARGUMENTS_SIZE are cut */
	__u32 padding;
	char parent_name[NAME_SIZE];
	char arguments[ARGUMENTS_SIZE];	/* of an attempt that failed: the path of the file alone */
};

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 2048);
	__type(value, struct event);
} events SEC(".maps");

/* An event is larger than the stack. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct event);
} scratch SEC(".maps");

/* The path that a thread wants to execute, until the kernel answers. The least recently used goes first: after a
 * successful attempt of a thread that was not the first of its process, the thread has another number. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, __u64);
} attempts SEC(".maps");

/* Events for which the queue had no room. */
__u64 lost;

static struct event *begin_event(int error)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	__u32 key = 0;
	struct event *event = bpf_map_lookup_elem(&scratch, &key);

	if (!event)
		return NULL;
	event->time = bpf_ktime_get_ns();
	event->process = bpf_get_current_pid_tgid() >> 32;
	event->parent = BPF_CORE_READ(task, real_parent, tgid);
	event->user = bpf_get_current_uid_gid();
	event->error = error;
	event->arguments_length = 0;
	BPF_CORE_READ_STR_INTO(&event->parent_name, task, real_parent, comm);
	return event;
}

static void end_event(struct event *event)
{
	if (bpf_map_push_elem(&events, event, BPF_ANY))
		__sync_fetch_and_add(&lost, 1);
}

SEC("tp/sched/sched_process_exec")
int on_exec(void *ctx)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct event *event = begin_event(0);
	unsigned long start, length;

	if (!event)
		return 0;
	/* The new program has not run yet: the kernel has just laid out its arguments, one behind the other. */
	start = BPF_CORE_READ(task, mm, arg_start);
	length = BPF_CORE_READ(task, mm, arg_end) - start;
	event->arguments_length = length;
	if (length > ARGUMENTS_SIZE)
		length = ARGUMENTS_SIZE;
	if (bpf_probe_read_user(event->arguments, length, (void *)start))
		event->arguments_length = 0;
	end_event(event);
	return 0;
}

static int begin_attempt(__u64 path)
{
	__u64 thread = bpf_get_current_pid_tgid();

	bpf_map_update_elem(&attempts, &thread, &path, BPF_ANY);
	return 0;
}

static int end_attempt(__s64 result)
{
	__u64 thread = bpf_get_current_pid_tgid();
	__u64 *path = bpf_map_lookup_elem(&attempts, &thread);
	struct event *event;
	long length;

	if (!path)
		return 0;
	event = result < 0 ? begin_event(result) : NULL;
	if (event) {
		length = bpf_probe_read_user_str(event->arguments, ARGUMENTS_SIZE, (void *)*path);
		event->arguments_length = length < 0 ? 0 : length;
		end_event(event);
	}
	bpf_map_delete_elem(&attempts, &thread);
	return 0;
}

SEC("tp/syscalls/sys_enter_execve")
int on_execve_begins(struct system_call_begins *ctx)
{
	return begin_attempt(ctx->arguments[0]);
}

SEC("tp/syscalls/sys_exit_execve")
int on_execve_ends(struct system_call_ends *ctx)
{
	return end_attempt(ctx->result);
}

SEC("tp/syscalls/sys_enter_execveat")
int on_execveat_begins(struct system_call_begins *ctx)
{
	return begin_attempt(ctx->arguments[1]);
}

SEC("tp/syscalls/sys_exit_execveat")
int on_execveat_ends(struct system_call_ends *ctx)
{
	return end_attempt(ctx->result);
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
