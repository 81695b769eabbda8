namespace Ebpf.Tests.Linux;

/// <summary>
/// Where Linux 6.18 has the members of its structures: for each of ours the kernel's name and (not for members of the union)
/// its size; for each field the member, its offset, and its size in bytes. Made with offsetof over the kernel's own BTF
/// (CommonAttr, and what concerns tracing multi, with that of Linux 7.2).
/// </summary>
internal static class KernelLayout
{
    public const string Text = """
        MapCreateAttr bpf_attr
          Type map_type 0 4
          KeySize key_size 4 4
          ValueSize value_size 8 4
          MaxEntries max_entries 12 4
          Flags map_flags 16 4
          InnerMap inner_map_fd 20 4
          NumaNode numa_node 24 4
          Name map_name 28 16
          InterfaceIndex map_ifindex 44 4
          Btf btf_fd 48 4
          KeyTypeId btf_key_type_id 52 4
          ValueTypeId btf_value_type_id 56 4
          KernelValueTypeId btf_vmlinux_value_type_id 60 4
          Extra map_extra 64 8
          ValueTypeBtf value_type_btf_obj_fd 72 4
          Token map_token_fd 76 4
          ExclusiveProgramHash excl_prog_hash 80 8
          ExclusiveProgramHashSize excl_prog_hash_size 88 4
        CommonAttr bpf_common_attr 24
          Log log_buf 0 8
          LogSize log_size 8 4
          LogLevel log_level 12 4
          LogTrueSize log_true_size 16 4
        MapElementAttr bpf_attr
          Map map_fd 0 4
          Key key 8 8
          Value value 16 8
          Flags flags 24 8
        MapBatchAttr bpf_attr
          InBatch batch.in_batch 0 8
          OutBatch batch.out_batch 8 8
          Keys batch.keys 16 8
          Values batch.values 24 8
          Count batch.count 32 4
          Map batch.map_fd 36 4
          ElementFlags batch.elem_flags 40 8
          Flags batch.flags 48 8
        ProgramLoadAttr bpf_attr
          Type prog_type 0 4
          InstructionCount insn_cnt 4 4
          Instructions insns 8 8
          License license 16 8
          LogLevel log_level 24 4
          LogSize log_size 28 4
          Log log_buf 32 8
          KernelVersion kern_version 40 4
          Flags prog_flags 44 4
          Name prog_name 48 16
          InterfaceIndex prog_ifindex 64 4
          ExpectedAttachType expected_attach_type 68 4
          Btf prog_btf_fd 72 4
          FunctionInfoSize func_info_rec_size 76 4
          FunctionInfo func_info 80 8
          FunctionInfoCount func_info_cnt 88 4
          LineInfoSize line_info_rec_size 92 4
          LineInfo line_info 96 8
          LineInfoCount line_info_cnt 104 4
          AttachBtfId attach_btf_id 108 4
          AttachTarget attach_prog_fd 112 4
          CoReRelocationCount core_relo_cnt 116 4
          DescriptorArray fd_array 120 8
          CoReRelocations core_relos 128 8
          CoReRelocationSize core_relo_rec_size 136 4
          LogTrueSize log_true_size 140 4
          Token prog_token_fd 144 4
          DescriptorCount fd_array_cnt 148 4
          Signature signature 152 8
          SignatureSize signature_size 160 4
          KeyringId keyring_id 164 4
        ProgramTestRunAttr bpf_attr
          Program test.prog_fd 0 4
          ReturnValue test.retval 4 4
          DataInSize test.data_size_in 8 4
          DataOutSize test.data_size_out 12 4
          DataIn test.data_in 16 8
          DataOut test.data_out 24 8
          Repeat test.repeat 32 4
          Duration test.duration 36 4
          ContextInSize test.ctx_size_in 40 4
          ContextOutSize test.ctx_size_out 44 4
          ContextIn test.ctx_in 48 8
          ContextOut test.ctx_out 56 8
          Flags test.flags 64 4
          Cpu test.cpu 68 4
          BatchSize test.batch_size 72 4
        ProgramBindMapAttr bpf_attr
          Program prog_bind_map.prog_fd 0 4
          Map prog_bind_map.map_fd 4 4
          Flags prog_bind_map.flags 8 4
        ProgramAssociateStructOpsAttr bpf_attr
          Map prog_assoc_struct_ops.map_fd 0 4
          Program prog_assoc_struct_ops.prog_fd 4 4
          Flags prog_assoc_struct_ops.flags 8 4
        ProgramAttachAttr bpf_attr
          Target target_fd 0 4
          Program attach_bpf_fd 4 4
          AttachType attach_type 8 4
          Flags attach_flags 12 4
          ReplacedProgram replace_bpf_fd 16 4
          Relative relative_fd 20 4
          ExpectedRevision expected_revision 24 8
        ProgramQueryAttr bpf_attr
          Target query.target_fd 0 4
          AttachType query.attach_type 4 4
          QueryFlags query.query_flags 8 4
          AttachFlags query.attach_flags 12 4
          ProgramIds query.prog_ids 16 8
          Count query.prog_cnt 24 4
          ProgramAttachFlags query.prog_attach_flags 32 8
          LinkIds query.link_ids 40 8
          LinkAttachFlags query.link_attach_flags 48 8
          Revision query.revision 56 8
        ProgramStreamReadAttr bpf_attr
          Buffer prog_stream_read.stream_buf 0 8
          BufferSize prog_stream_read.stream_buf_len 8 4
          Stream prog_stream_read.stream_id 12 4
          Program prog_stream_read.prog_fd 16 4
        LinkCreateAttr bpf_attr
          Program link_create.prog_fd 0 4
          Target link_create.target_fd 4 4
          AttachType link_create.attach_type 8 4
          Flags link_create.flags 12 4
          Iterator.Info link_create.iter_info 16 8
          Iterator.InfoSize link_create.iter_info_len 24 4
          PerfEvent.Cookie link_create.perf_event.bpf_cookie 16 8
          KprobeMulti.Flags link_create.kprobe_multi.flags 16 4
          KprobeMulti.Count link_create.kprobe_multi.cnt 20 4
          KprobeMulti.Symbols link_create.kprobe_multi.syms 24 8
          KprobeMulti.Addresses link_create.kprobe_multi.addrs 32 8
          KprobeMulti.Cookies link_create.kprobe_multi.cookies 40 8
          Tracing.TargetBtfId link_create.tracing.target_btf_id 16 4
          Tracing.Cookie link_create.tracing.cookie 24 8
          Netfilter.ProtocolFamily link_create.netfilter.pf 16 4
          Netfilter.Hook link_create.netfilter.hooknum 20 4
          Netfilter.Priority link_create.netfilter.priority 24 4
          Netfilter.Flags link_create.netfilter.flags 28 4
          Ordered.Relative link_create.tcx.relative_fd 16 4
          Ordered.ExpectedRevision link_create.tcx.expected_revision 24 8
          UprobeMulti.Path link_create.uprobe_multi.path 16 8
          UprobeMulti.Offsets link_create.uprobe_multi.offsets 24 8
          UprobeMulti.ReferenceCounterOffsets link_create.uprobe_multi.ref_ctr_offsets 32 8
          UprobeMulti.Cookies link_create.uprobe_multi.cookies 40 8
          UprobeMulti.Count link_create.uprobe_multi.cnt 48 4
          UprobeMulti.Flags link_create.uprobe_multi.flags 52 4
          UprobeMulti.Process link_create.uprobe_multi.pid 56 4
          UprobeMulti.PathDescriptor link_create.uprobe_multi.path_fd 60 4
          TracingMulti.BtfIds link_create.tracing_multi.ids 16 8
          TracingMulti.Cookies link_create.tracing_multi.cookies 24 8
          TracingMulti.Count link_create.tracing_multi.cnt 32 4
        LinkUpdateAttr bpf_attr
          Link link_update.link_fd 0 4
          New link_update.new_prog_fd 4 4
          Flags link_update.flags 8 4
          Old link_update.old_prog_fd 12 4
        LinkDetachAttr bpf_attr
          Link link_detach.link_fd 0 4
        IteratorCreateAttr bpf_attr
          Link iter_create.link_fd 0 4
          Flags iter_create.flags 4 4
        RawTracepointAttr bpf_attr
          Name raw_tracepoint.name 0 8
          Program raw_tracepoint.prog_fd 8 4
          Cookie raw_tracepoint.cookie 16 8
        TaskDescriptorQueryAttr bpf_attr
          Process task_fd_query.pid 0 4
          Descriptor task_fd_query.fd 4 4
          Flags task_fd_query.flags 8 4
          BufferSize task_fd_query.buf_len 12 4
          Buffer task_fd_query.buf 16 8
          ProgramId task_fd_query.prog_id 24 4
          Kind task_fd_query.fd_type 28 4
          ProbeOffset task_fd_query.probe_offset 32 8
          ProbeAddress task_fd_query.probe_addr 40 8
        ObjectPathAttr bpf_attr
          Path pathname 0 8
          Object bpf_fd 8 4
          Flags file_flags 12 4
          Directory path_fd 16 4
        ObjectIdAttr bpf_attr
          Id start_id 0 4
          NextId next_id 4 4
          OpenFlags open_flags 8 4
          Token fd_by_id_token_fd 12 4
        ObjectInfoAttr bpf_attr
          Object info.bpf_fd 0 4
          InfoSize info.info_len 4 4
          Info info.info 8 8
        BtfLoadAttr bpf_attr
          Data btf 0 8
          Log btf_log_buf 8 8
          Size btf_size 16 4
          LogSize btf_log_size 20 4
          LogLevel btf_log_level 24 4
          LogTrueSize btf_log_true_size 28 4
          Flags btf_flags 32 4
          Token btf_token_fd 36 4
        EnableStatsAttr bpf_attr
          Type enable_stats.type 0 4
        TokenCreateAttr bpf_attr
          Flags token_create.flags 0 4
          FileSystem token_create.bpffs_fd 4 4
        KernelMapInfo bpf_map_info 104
          Type type 0 4
          Id id 4 4
          KeySize key_size 8 4
          ValueSize value_size 12 4
          MaxEntries max_entries 16 4
          Flags map_flags 20 4
          Name name 24 16
          InterfaceIndex ifindex 40 4
          KernelValueTypeId btf_vmlinux_value_type_id 44 4
          NetNamespaceDevice netns_dev 48 8
          NetNamespaceInode netns_ino 56 8
          BtfId btf_id 64 4
          KeyTypeId btf_key_type_id 68 4
          ValueTypeId btf_value_type_id 72 4
          KernelBtfId btf_vmlinux_id 76 4
          Extra map_extra 80 8
          Hash hash 88 8
          HashSize hash_size 96 4
        KernelProgramInfo bpf_prog_info 232
          Type type 0 4
          Id id 4 4
          Tag tag 8 8
          JitedSize jited_prog_len 16 4
          TranslatedSize xlated_prog_len 20 4
          Jited jited_prog_insns 24 8
          Translated xlated_prog_insns 32 8
          LoadTime load_time 40 8
          CreatedByUser created_by_uid 48 4
          MapCount nr_map_ids 52 4
          MapIds map_ids 56 8
          Name name 64 16
          InterfaceIndex ifindex 80 4
          NetNamespaceDevice netns_dev 88 8
          NetNamespaceInode netns_ino 96 8
          JitedSymbolCount nr_jited_ksyms 104 4
          JitedLengthCount nr_jited_func_lens 108 4
          JitedSymbols jited_ksyms 112 8
          JitedLengths jited_func_lens 120 8
          BtfId btf_id 128 4
          FunctionInfoSize func_info_rec_size 132 4
          FunctionInfo func_info 136 8
          FunctionInfoCount nr_func_info 144 4
          LineInfoCount nr_line_info 148 4
          LineInfo line_info 152 8
          JitedLineInfo jited_line_info 160 8
          JitedLineInfoCount nr_jited_line_info 168 4
          LineInfoSize line_info_rec_size 172 4
          JitedLineInfoSize jited_line_info_rec_size 176 4
          TagCount nr_prog_tags 180 4
          Tags prog_tags 184 8
          RunTime run_time_ns 192 8
          RunCount run_cnt 200 8
          RecursionMisses recursion_misses 208 8
          VerifiedInstructions verified_insns 216 4
          AttachBtfObjectId attach_btf_obj_id 220 4
          AttachBtfId attach_btf_id 224 4
        KernelBtfInfo bpf_btf_info 32
          Data btf 0 8
          Size btf_size 8 4
          Id id 12 4
          Name name 16 8
          NameSize name_len 24 4
          IsKernel kernel_btf 28 4
        KernelLinkInfo bpf_link_info 64
          Header.Type type 0 4
          Header.Id id 4 4
          Header.ProgramId prog_id 8 4
          RawTracepoint.Name raw_tracepoint.tp_name 16 8
          RawTracepoint.NameSize raw_tracepoint.tp_name_len 24 4
          RawTracepoint.Cookie raw_tracepoint.cookie 32 8
          Tracing.AttachType tracing.attach_type 16 4
          Tracing.TargetObject tracing.target_obj_id 20 4
          Tracing.TargetType tracing.target_btf_id 24 4
          Tracing.Cookie tracing.cookie 32 8
          Cgroup.Cgroup cgroup.cgroup_id 16 8
          Cgroup.AttachType cgroup.attach_type 24 4
          Iterator.Name iter.target_name 16 8
          Iterator.NameSize iter.target_name_len 24 4
          Iterator.Map iter.map.map_id 28 4
          Iterator.CgroupLowOrThread iter.task.tid 32 4
          Iterator.CgroupHighOrProcess iter.task.pid 36 4
          Iterator.CgroupOrder iter.cgroup.order 40 4
          Netfilter.ProtocolFamily netfilter.pf 16 4
          Netfilter.Hook netfilter.hooknum 20 4
          Netfilter.Priority netfilter.priority 24 4
          Netfilter.Flags netfilter.flags 28 4
          Place.Place tcx.ifindex 16 4
          Place.AttachType tcx.attach_type 20 4
          KprobeMulti.Addresses kprobe_multi.addrs 16 8
          KprobeMulti.Count kprobe_multi.count 24 4
          KprobeMulti.Flags kprobe_multi.flags 28 4
          KprobeMulti.Missed kprobe_multi.missed 32 8
          KprobeMulti.Cookies kprobe_multi.cookies 40 8
          UprobeMulti.Path uprobe_multi.path 16 8
          UprobeMulti.Offsets uprobe_multi.offsets 24 8
          UprobeMulti.ReferenceCounterOffsets uprobe_multi.ref_ctr_offsets 32 8
          UprobeMulti.Cookies uprobe_multi.cookies 40 8
          UprobeMulti.PathSize uprobe_multi.path_size 48 4
          UprobeMulti.Count uprobe_multi.count 52 4
          UprobeMulti.Flags uprobe_multi.flags 56 4
          UprobeMulti.Process uprobe_multi.pid 60 4
          TracingMulti.AttachType tracing_multi.attach_type 16 4
          TracingMulti.Count tracing_multi.count 20 4
          TracingMulti.BtfObject tracing_multi.btf_obj_id 24 4
          TracingMulti.Types tracing_multi.ids 32 8
          TracingMulti.Addresses tracing_multi.addrs 40 8
          TracingMulti.Cookies tracing_multi.cookies 48 8
          PerfEvent.Kind perf_event.type 16 4
          PerfEvent.Name perf_event.uprobe.file_name 24 8
          PerfEvent.NameSize perf_event.kprobe.name_len 32 4
          PerfEvent.Offset perf_event.kprobe.offset 36 4
          PerfEvent.UprobeCookie perf_event.uprobe.cookie 40 8
          PerfEvent.UprobeReferenceCounterOffset perf_event.uprobe.ref_ctr_offset 48 8
          PerfEvent.KprobeAddress perf_event.kprobe.addr 40 8
          PerfEvent.KprobeMissed perf_event.kprobe.missed 48 8
          PerfEvent.KprobeCookie perf_event.kprobe.cookie 56 8
          PerfEvent.TracepointCookie perf_event.tracepoint.cookie 40 8
          PerfEvent.EventConfig perf_event.event.config 24 8
          PerfEvent.EventType perf_event.event.type 32 4
          PerfEvent.EventCookie perf_event.event.cookie 40 8
        KernelTokenInfo bpf_token_info 32
          Commands allowed_cmds 0 8
          MapTypes allowed_maps 8 8
          ProgramTypes allowed_progs 16 8
          AttachTypes allowed_attachs 24 8
        PerfEventAttr perf_event_attr 136
          Type type 0 4
          Size size 4 4
          Config config 8 8
          SamplePeriod sample_period 16 8
          SampleType sample_type 24 8
          ReadFormat read_format 32 8
          Wakeup wakeup_events 48 4
          BreakpointType bp_type 52 4
          Config1 config1 56 8
          Config2 config2 64 8
          BranchSampleType branch_sample_type 72 8
          SampleUserRegisters sample_regs_user 80 8
          SampleUserStack sample_stack_user 88 4
          ClockId clockid 92 4
          SampleInterruptRegisters sample_regs_intr 96 8
          AuxWatermark aux_watermark 104 4
          SampleMaxStack sample_max_stack 108 2
          AuxSampleSize aux_sample_size 112 4
          AuxAction aux_action 116 4
          SignalData sig_data 120 8
          Config3 config3 128 8
        """;
}
