// SPDX-License-Identifier: MIT
/* Programs that the verifier refuses for how they use memory, each for one reason, at the line that says "wrong". */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct record {
	__u32 length;
	char text[60];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, struct record);
} records SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

const volatile int settings[4] = { 1, 2, 3, 4 };

SEC("?socket")
int unchecked_map_value(struct __sk_buff *skb)
{
	__u32 key = 1;
	struct record *record = bpf_map_lookup_elem(&records, &key);

	return record->length; /* wrong */
}

/* The same, behind a branch and a loop, in a function that is called. */
static __noinline int length_of(struct __sk_buff *skb, __u32 key)
{
	struct record *record;

	if (skb->mark > 100)
		key += 100;
	for (int i = 0; i < 20; i++)
		key = key * 31 + skb->len;
	record = bpf_map_lookup_elem(&records, &key);
	return record->length; /* wrong */
}

SEC("?socket")
int unchecked_in_function(struct __sk_buff *skb)
{
	if (skb->len > 1500)
		return 0;
	return length_of(skb, skb->ifindex);
}

SEC("?socket")
int arithmetic_before_check(struct __sk_buff *skb)
{
	__u32 key = 1;
	char *record = bpf_map_lookup_elem(&records, &key);

	asm volatile("%0 += 4" : "+r"(record)); /* wrong */
	return record ? *record : 0;
}

SEC("?socket")
int unchecked_reservation(struct __sk_buff *skb)
{
	__u64 *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	*event = skb->len; /* wrong */
	bpf_ringbuf_submit(event, 0);
	return 0;
}

SEC("?tc")
int unchecked_socket(struct __sk_buff *skb)
{
	struct bpf_sock_tuple tuple = {};
	struct bpf_sock *sk = bpf_sk_lookup_tcp(skb, &tuple, sizeof(tuple.ipv4), BPF_F_CURRENT_NETNS, 0);
	int family = sk->family; /* wrong */

	if (sk)
		bpf_sk_release(sk);
	return family;
}

SEC("?socket")
int unbounded_index(struct __sk_buff *skb)
{
	__u32 key = 1, index = skb->mark;
	struct record *record = bpf_map_lookup_elem(&records, &key);

	if (!record)
		return 0;
	return record->text[index]; /* wrong */
}

SEC("?socket")
int negative_index(struct __sk_buff *skb)
{
	__u32 key = 1;
	int index = skb->mark;
	struct record *record = bpf_map_lookup_elem(&records, &key);

	if (!record)
		return 0;
	if (index < 60)
		return record->text[index]; /* wrong */
	return 0;
}

SEC("?socket")
int unbounded_size(struct __sk_buff *skb)
{
	char copy[64];

	return bpf_skb_load_bytes(skb, 0, copy, skb->len); /* wrong */
}

SEC("?socket")
int beyond_value(struct __sk_buff *skb)
{
	__u32 key = 1;
	char *record = bpf_map_lookup_elem(&records, &key);

	if (!record)
		return 0;
	return record[sizeof(struct record)]; /* wrong */
}

SEC("?xdp")
int packet_out_of_bounds(struct xdp_md *ctx)
{
	char *data = (void *)(long)ctx->data;
	char *end = (void *)(long)ctx->data_end;

	if (data + 14 > end)
		return XDP_PASS;
	return data[14]; /* wrong */
}

SEC("?cgroup_skb/ingress")
int packet_write(struct __sk_buff *skb)
{
	char *data = (void *)(long)skb->data;
	char *end = (void *)(long)skb->data_end;

	if (data + 1 > end)
		return 1;
	*data = 1; /* wrong */
	return 1;
}

SEC("?socket")
int read_only_value(struct __sk_buff *skb)
{
	int *setting = (int *)&settings[1];

	asm volatile("" : "+r"(setting));
	*setting = 5; /* wrong */
	return 0;
}

SEC("?socket")
__attribute__((naked)) int unset_register(void)
{
	asm volatile("r0 = r7; exit"); /* wrong */
}

/* Only programs of those without CAP_PERFMON must not read what they did not write to the stack, since Linux 6.3. */
SEC("?socket")
__attribute__((naked)) int unset_stack(void)
{
	asm volatile("r0 = *(u64 *)(r10 - 8); exit"); /* wrong */
}

SEC("?socket")
__attribute__((naked)) int beyond_stack(void)
{
	asm volatile("r0 = 0; *(u64 *)(r10 - 520) = r0; exit"); /* wrong */
}

SEC("?socket")
int variable_stack(struct __sk_buff *skb)
{
	volatile char text[16];

	text[0] = 1;
	text[skb->len] = 2; /* wrong */
	return text[0];
}

static __noinline int fills_300_bytes(struct __sk_buff *skb)
{
	char text[300];

	bpf_skb_load_bytes(skb, 0, text, sizeof(text));
	return text[0];
}

SEC("?socket")
int combined_stack(struct __sk_buff *skb)
{
	char text[300];

	bpf_skb_load_bytes(skb, 0, text, sizeof(text));
	return text[0] + fills_300_bytes(skb);
}

SEC("?socket")
__attribute__((naked)) int misaligned_stack(void)
{
	asm volatile("r0 = 0; *(u64 *)(r10 - 12) = r0; exit"); /* wrong */
}

SEC("?socket")
__attribute__((naked)) int context_field(void)
{
	asm volatile("r0 = *(u32 *)(r1 + 1000); exit"); /* wrong */
}

SEC("?socket")
__attribute__((naked)) int moved_context(void)
{
	asm volatile("r2 = *(u32 *)(r1 + 0); r2 &= 4; r1 += r2; r0 = *(u32 *)(r1 + 0); exit"); /* wrong */
}

SEC("?raw_tp/sys_enter")
int number_as_pointer(struct bpf_raw_tracepoint_args *ctx)
{
	__u64 *registers = (__u64 *)ctx->args[0];

	return *registers; /* wrong */
}

SEC("?socket")
__attribute__((naked)) int pointer_times_two(void)
{
	asm volatile("r1 *= 2; r0 = 0; exit"); /* wrong */
}

SEC("?socket")
__attribute__((naked)) int returns_pointer(void)
{
	asm volatile("r0 = r1; exit"); /* wrong */
}

SEC("?socket")
__attribute__((naked)) int compares_pointers(void)
{
	asm volatile("r0 = 0; if r1 == r10 goto +0; exit"); /* wrong */
}

/* Reads behind the end of a struct of the kernel. */
SEC("?tp_btf/sched_switch")
__attribute__((naked)) int beyond_struct(void)
{
	asm volatile("r1 = *(u64 *)(r1 + 8); r0 = *(u64 *)(r1 + 32000); r0 = 0; exit"); /* wrong */
}

SEC("?tp_btf/sched_switch")
__attribute__((naked)) int writes_to_struct(void)
{
	asm volatile("r1 = *(u64 *)(r1 + 8); *(u64 *)(r1 + 0) = r1; r0 = 0; exit"); /* wrong */
}

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, __u64);
	__type(value, __u64);
} wide_keys SEC(".maps");

struct four_words {
	__u64 word[4];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, struct four_words);
} long_values SEC(".maps");

SEC("?socket")
int short_key(struct __sk_buff *skb)
{
	__u32 key = skb->len;

	return bpf_map_lookup_elem(&wide_keys, &key) != 0; /* wrong */
}

SEC("?socket")
int short_value(struct __sk_buff *skb)
{
	__u32 key = skb->len;
	__u64 value = 5;

	return bpf_map_update_elem(&long_values, &key, &value, 0); /* wrong */
}

SEC("?socket")
int variable_read(struct __sk_buff *skb)
{
	char bytes[32] = {};

	bpf_skb_load_bytes(skb, 0, bytes, sizeof(bytes));
	return bytes[skb->len & 127]; /* wrong */
}

SEC("?socket")
int variable_key(struct __sk_buff *skb)
{
	char bytes[32] = {};

	bpf_skb_load_bytes(skb, 0, bytes, sizeof(bytes));
	return bpf_map_lookup_elem(&wide_keys, &bytes[skb->len & 63]) != 0; /* wrong */
}
