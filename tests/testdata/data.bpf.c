// SPDX-License-Identifier: MIT
/* Global variables of every sort, in the compiler's own sections and in others. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

enum colour { RED = 1, GREEN, BLUE };

struct point {
	__s32 x;
	__s32 y;
	__u64 weight;
};

union either {
	__u64 number;
	__u8 bytes[8];
};

const volatile __u8 const_u8 = 8;
const volatile __u16 const_u16 = 0x1234;
const volatile __u32 const_u32 = 0x12345678;
const volatile __u64 const_u64 = 0x123456789abcdef0;
const volatile __s32 const_negative = -2;
const volatile enum colour const_colour = GREEN;
const volatile char const_text[16] = "hello";

__u32 data_u32 = 77;
struct point data_point = { .x = 1, .y = -1, .weight = 5 };

union either data_either = { .number = 1 };

__u64 bss_u64;
__u32 bss_array[8];

__u32 custom_data SEC(".data.custom") = 3;
const volatile __u32 custom_rodata SEC(".rodata.custom") = 4;
__u32 custom_bss SEC(".bss.custom");

__hidden __u32 hidden_u32 = 5;
static volatile __u32 static_u32 = 6;
static const volatile __u32 static_const = 9;

SEC("socket")
int read_constants(struct __sk_buff *skb)
{
	return const_u8 + const_u16 + custom_rodata + static_const;
}

SEC("socket")
int write_variables(struct __sk_buff *skb)
{
	bss_u64 += const_u32;
	bss_array[skb->len & 7] = 1;
	data_point.x += const_negative;
	custom_bss = custom_data + hidden_u32 + static_u32++;
	return data_u32;
}

SEC("socket")
int read_text(struct __sk_buff *skb)
{
	return const_text[1] + const_colour;
}

SEC("socket")
int read_wide(struct __sk_buff *skb)
{
	return const_u64 >> 32;
}
