// SPDX-License-Identifier: MIT
/*
 * Reads fields of many of the kernel's structures, as the larger tracing tools do: each is another type to be found
 * among the kernel's.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#define STRUCTURES(m) \
	m(task_struct, pid, tgid) m(mm_struct, start_stack, brk) m(cred, uid, gid) m(inode, i_ino, i_size) \
	m(file, f_flags, f_pos) m(dentry, d_flags, d_parent) m(super_block, s_dev, s_magic) m(vfsmount, mnt_root, mnt_flags) \
	m(sk_buff, len, data_len) m(sock, sk_protocol, sk_type) m(net_device, ifindex, mtu) m(socket, state, flags) \
	m(net, ifindex, dev_base_seq) m(bio, bi_opf, bi_vcnt) m(request, cmd_flags, tag) m(gendisk, major, first_minor) \
	m(pid, level, count) m(nsproxy, mnt_ns, net_ns) m(signal_struct, nr_threads, group_exit_code) \
	m(files_struct, count, next_fd) m(fdtable, max_fds, fd) m(vm_area_struct, vm_start, vm_end) m(page, flags, _refcount) \
	m(address_space, nrpages, host) m(rq, nr_running, cpu) m(cfs_rq, nr_queued, load) m(sched_entity, vruntime, on_rq) \
	m(cgroup, level, flags) m(kernfs_node, flags, id) m(module, state, name) m(pipe_inode_info, head, tail) \
	m(tcp_sock, snd_nxt, rcv_nxt) m(inet_sock, inet_id, inet_num) m(iphdr, saddr, daddr) m(tcphdr, source, dest) \
	m(udphdr, source, dest) m(ipv6hdr, saddr, daddr) m(ethhdr, h_proto, h_source) m(user_struct, uid, sigpending) \
	m(work_struct, func, data) m(timer_list, expires, function) m(hrtimer, function, state) m(kmem_cache, size, flags) \
	m(bpf_prog, len, type) m(bpf_map, map_type, max_entries) m(perf_event, state, cpu) m(trace_event_call, flags, class) \
	m(linux_binprm, argc, envc)

#define DEFINE(name, first, second) \
	struct name { \
		unsigned long first, second; \
	} __attribute__((preserve_access_index));

STRUCTURES(DEFINE)

unsigned long sum;

#define READ(name, first, second) \
	SEC("kprobe/reads_" #name) \
	int read_##name(struct pt_regs *context) \
	{ \
		struct name *it = *(void **)context; \
		if (bpf_core_field_exists(it->first)) \
			sum += bpf_core_field_offset(it->first) + bpf_core_type_size(struct name); \
		if (bpf_core_field_exists(it->second)) \
			sum += bpf_core_field_offset(it->second); \
		return 0; \
	}

STRUCTURES(READ)

char LICENSE[] SEC("license") = "GPL";
