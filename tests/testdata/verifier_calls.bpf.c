// SPDX-License-Identifier: MIT
/* Programs that the verifier refuses for what they call, each for one reason, at the line that says "wrong". */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct guarded {
	struct bpf_spin_lock lock;
	int count;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct guarded);
} guards SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} programs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

SEC("?socket")
__attribute__((naked)) int unknown_helper(void)
{
	asm volatile("call 9999; exit"); /* wrong */
}

SEC("?socket")
int helper_of_others(struct __sk_buff *skb)
{
	return bpf_xdp_adjust_head((void *)skb, 4); /* wrong */
}

SEC("?raw_tp/sys_enter")
int gpl_helper(void *ctx)
{
	return bpf_get_current_task() == 0; /* wrong, in a program under another licence */
}

static int callback(__u32 index, void *context)
{
	return 0;
}

SEC("?socket")
int with_callback(struct __sk_buff *skb)
{
	return bpf_loop(4, callback, NULL, 0); /* wrong */
}

SEC("?socket")
int unreleased(struct __sk_buff *skb)
{
	__u64 *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0); /* acquired */

	if (!event)
		return 0;
	*event = skb->len;
	if (skb->len > 100)
		return 0;
	bpf_ringbuf_submit(event, 0);
	return 1;
} /* wrong: without having submitted or discarded the event */

SEC("?tc")
int release_of_borrowed(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;

	if (!sk)
		return 0;
	bpf_sk_release(sk); /* wrong */
	return 0;
}

SEC("?socket")
int double_release(struct __sk_buff *skb)
{
	__u64 *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	if (!event)
		return 0;
	bpf_ringbuf_submit(event, 0);
	bpf_ringbuf_submit(event, 0); /* wrong */
	return 0;
}

SEC("?tc")
int exit_with_lock(struct __sk_buff *skb)
{
	__u32 key = 0;
	struct guarded *guarded = bpf_map_lookup_elem(&guards, &key);

	if (!guarded)
		return 0;
	bpf_spin_lock(&guarded->lock);
	guarded->count++;
	return 0;
} /* wrong: holding the lock */

SEC("?tc")
int call_with_lock(struct __sk_buff *skb)
{
	__u32 key = 0;
	struct guarded *guarded = bpf_map_lookup_elem(&guards, &key);

	if (!guarded)
		return 0;
	bpf_spin_lock(&guarded->lock);
	guarded->count += bpf_get_prandom_u32(); /* wrong */
	bpf_spin_unlock(&guarded->lock);
	return 0;
}

SEC("?raw_tp/sys_enter")
int lock_in_tracing(void *ctx)
{
	__u32 key = 0;
	struct guarded *guarded = bpf_map_lookup_elem(&guards, &key); /* wrong */

	return !!guarded;
}

SEC("?raw_tp/sys_enter")
int sleeps(void *ctx)
{
	char text[8] = {};

	bpf_copy_from_user(text, sizeof(text), (void *)1000); /* wrong */
	return text[0];
}

SEC("?socket")
int number_as_key(struct __sk_buff *skb)
{
	return !!bpf_map_lookup_elem(&counts, (void *)7); /* wrong */
}

SEC("?socket")
int wrong_map(struct __sk_buff *skb)
{
	bpf_tail_call(skb, &counts, 0); /* wrong */
	return 0;
}

static __noinline int tail_calls(struct __sk_buff *skb)
{
	bpf_tail_call(skb, &programs, 0); /* wrong */
	return 0;
}

SEC("?tc")
int tail_call_with_much_stack(struct __sk_buff *skb)
{
	char text[300];

	bpf_skb_load_bytes(skb, 0, text, sizeof(text));
	return text[0] + tail_calls(skb);
}

__noinline int takes_pointer(__u32 *value)
{
	return *value; /* wrong */
}

SEC("?socket")
int unchecked_argument(struct __sk_buff *skb)
{
	__u32 value = skb->len;

	return takes_pointer(&value);
}

struct unknown;

__noinline int takes_unknown(struct unknown *value)
{
	return !!value;
}

SEC("?socket")
int argument_of_unknown_type(struct __sk_buff *skb)
{
	return takes_unknown((void *)skb); /* wrong */
}

__noinline int takes_record(__u64 (*record)[8])
{
	return record ? (*record)[0] : 0;
}

SEC("?socket")
int argument_too_small(struct __sk_buff *skb)
{
	__u64 value = skb->len;

	return takes_record((void *)&value); /* wrong */
}

SEC("?socket")
int unset_dynptr(struct __sk_buff *skb)
{
	struct bpf_dynptr dynptr;
	char text[4] = {};

	bpf_dynptr_read(text, sizeof(text), &dynptr, 0, 0); /* wrong */
	return text[0];
}

SEC("?socket")
int overwritten_dynptr(struct __sk_buff *skb)
{
	struct bpf_dynptr dynptr;

	bpf_ringbuf_reserve_dynptr(&events, 8, 0, &dynptr);
	*(volatile __u64 *)&dynptr = 0; /* wrong */
	bpf_ringbuf_discard_dynptr(&dynptr, 0);
	return 0;
}
