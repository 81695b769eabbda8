// SPDX-License-Identifier: MIT
/* Types of keys and values, to be compared with .NET types. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

enum state {
	IDLE,
	BUSY,
};

struct address {
	__u16 port;
	__u16 family;
	__u32 host;
};

struct event {
	__u64 time;
	__u32 pid;
	enum state state;
	char comm[16];
	struct address source, target;
	union {
		__u64 cookie;
		struct {
			__u32 low, high;
		};
	};
	__u32 counts[4];
	__u16 first_bits : 4;
	__u16 other_bits : 12;
	__u8 flag;			/* one byte of padding behind it */
	__u32 last;
};

struct flow {
	__u32 source;
	__u32 target;
	__u16 ports[2];
	__u8 protocol;			/* three bytes of padding behind it */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, struct flow);
	__type(value, struct event);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} numbers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, __u64);
	__type(value, unsigned __int128);
} wide SEC(".maps");

struct matrix {
	struct address cells[3][2];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, int);
	__type(value, struct matrix);
} matrices SEC(".maps");
