// SPDX-License-Identifier: MIT
/* CO-RE relocations of loads and stores whose field has another size in core_target_sizes. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

char LICENSE[] SEC("license") = "GPL";

struct sizes {
	unsigned int grows;
	unsigned long shrinks;
	unsigned long to_byte;
	_Bool flag;
	int negative_grows;
	long negative_shrinks;
	unsigned int becomes_signed;
	unsigned int huge;
	unsigned int array[2];
	void *pointer;
	unsigned int becomes_bits;
	unsigned int narrow;
} __attribute__((preserve_access_index));

#define LOAD(field, type)                                                                                             \
	SEC("socket")                                                                                                 \
	type load_##field(struct sizes *s)                                                                            \
	{                                                                                                             \
		return s->field;                                                                                      \
	}

LOAD(grows, unsigned long)
LOAD(shrinks, unsigned long)
LOAD(to_byte, unsigned long)
LOAD(flag, _Bool)
LOAD(negative_grows, long)
LOAD(negative_shrinks, long)
LOAD(becomes_signed, unsigned int)
LOAD(huge, unsigned int)
LOAD(pointer, void *)
LOAD(becomes_bits, unsigned int)

SEC("socket")
int load_element(struct sizes *s)
{
	return s->array[1];
}

SEC("socket")
int store_register(struct sizes *s)
{
	s->grows = (unsigned long)s;
	return 0;
}

SEC("socket")
int store_immediate(struct sizes *s)
{
	s->shrinks = 7;
	return 0;
}

SEC("socket")
int load_a_part(struct sizes *s)
{
	return *(unsigned char *)&s->narrow;
}
