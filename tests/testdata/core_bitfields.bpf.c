// SPDX-License-Identifier: MIT
/* CO-RE relocations of bit fields, against the types of core_target_bitfields. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

char LICENSE[] SEC("license") = "GPL";

#define INFO(field, what) __builtin_preserve_field_info(field, BPF_FIELD_##what)

struct flags {
	unsigned int low : 3;
	unsigned int middle : 7;
	int negative : 5;
	unsigned long wide : 40;
	unsigned int grows : 4;
	unsigned int becomes_plain : 8;
	unsigned char was_plain;
	unsigned int gone : 1;
};

#define FIELD(name)                                                                                                   \
	SEC("socket")                                                                                                 \
	int name(struct flags *f)                                                                                     \
	{                                                                                                             \
		return INFO(f->name, BYTE_OFFSET) + INFO(f->name, BYTE_SIZE) + INFO(f->name, LSHIFT_U64) +             \
		       INFO(f->name, RSHIFT_U64) + INFO(f->name, SIGNED) + INFO(f->name, EXISTS);                      \
	}

FIELD(low)
FIELD(middle)
FIELD(negative)
FIELD(wide)
FIELD(grows)
FIELD(becomes_plain)
FIELD(was_plain)
FIELD(gone)
