namespace Ebpf.Executables;

/// <summary>How many bytes an instruction of x86 has: prefixes, opcode, what it addresses, constants; not what it does.</summary>
/// <remarks>Opcode maps: Intel SDM volume 2, appendix A; XOP: AMD APM volume 6. Forms of APX (REX2) are not known.</remarks>
internal static class X86InstructionLength
{
    /// <summary>The longest that the processor takes.</summary>
    public const int Max = 15;

    // What follows an opcode: '.' nothing; 'm' ModRM; 'b' a constant of 1 byte, 'w' of 2, 'z' of 2 or 4, 'v' of 2, 4 or 8, 'e' of 3;
    // 'M' and 'Z' ModRM and a constant of 1, or of 2 or 4; 'a' an address; 'f' a far address; 'j' a jump of 4; 'g' and 'G' ModRM, and the
    // constant only for "test" (groups 3); 'p' it is a prefix; 'x' no instruction. Of two maps the second is for 64 bits.
    private const string OneByte =
        "mmmmbz..mmmmbz.x" + // 0f stands elsewhere
        "mmmmbz..mmmmbz.." +
        "mmmmbzp.mmmmbzp." +
        "mmmmbzp.mmmmbzp." +
        "................" +
        "................" +
        "..mmppppzZbM...." +
        "bbbbbbbbbbbbbbbb" +
        "MZMMmmmmmmmmmmmm" +
        "..........f....." +
        "aaaa....bz......" +
        "bbbbbbbbvvvvvvvv" +
        "MMw.mmMZe.w..b.." +
        "mmmmbb..mmmmmmmm" +
        "bbbbbbbbjjfb...." +
        "p.pp..gG......mm";

    /// <summary>What 64-bit code has otherwise: no instruction.</summary>
    private static ReadOnlySpan<byte> NotIn64Bit => [0x06, 0x07, 0x0e, 0x16, 0x17, 0x1e, 0x1f, 0x27, 0x2f, 0x37, 0x3f, 0x60, 0x61, 0x82, 0x9a, 0xce, 0xd4, 0xd5, 0xd6, 0xea];

    private const string TwoBytes =
        "mmmmx.....x.xm.M" +
        "mmmmmmmmmmmmmmmm" +
        "mmmmxxxxmmmmmmmm" +
        "......x.xxxxxxxx" + // 38 and 3a stand elsewhere
        "mmmmmmmmmmmmmmmm" +
        "mmmmmmmmmmmmmmmm" +
        "mmmmmmmmmmmmmmmm" +
        "MMMMmmm.mmmmmmmm" +
        "jjjjjjjjjjjjjjjj" +
        "mmmmmmmmmmmmmmmm" +
        "...mMmmm...mMmmm" +
        "mmmmmmmmmmMmmmmm" +
        "mmMmMMMm........" +
        "mmmmmmmmmmmmmmmm" +
        "mmmmmmmmmmmmmmmm" +
        "mmmmmmmmmmmmmmmm";

    /// <summary>The length of an instruction.</summary>
    /// <param name="code">The code from its first byte on.</param>
    /// <param name="is64Bit">Whether it is 64-bit code, or 32-bit code.</param>
    /// <returns>0 if it is none that is known, or is cut short.</returns>
    public static int Of(ReadOnlySpan<byte> code, bool is64Bit)
    {
        Reader reader = new(code[..Math.Min(code.Length, Max)], is64Bit);
        return reader.Skip() ? reader.At : 0;
    }

    private ref struct Reader(ReadOnlySpan<byte> code, bool is64Bit)
    {
        private readonly ReadOnlySpan<byte> _code = code;
        private bool _isShort, _isWide, _hasShortAddress;

        public int At { get; private set; }

        public bool Skip()
        {
            while (true)
            {
                if (!TryNext(out byte opcode)) return false;
                switch (opcode)
                {
                    case 0x66: _isShort = true; continue;
                    case 0x67: _hasShortAddress = true; continue;
                    case 0x26 or 0x2e or 0x36 or 0x3e or 0x64 or 0x65 or 0xf0 or 0xf2 or 0xf3: continue;

                    // REX stands before the opcode; elsewhere the processor takes no notice of it.
                    case >= 0x40 and <= 0x4f when is64Bit:
                        if (At < _code.Length && IsPrefix(_code[At])) continue;
                        _isWide = (opcode & 8) != 0;
                        return TryNext(out opcode) && (opcode < 0x40 || opcode > 0x4f) && SkipOpcode(opcode);
                    default:
                        return SkipOpcode(opcode);
                }
            }
        }

        private static bool IsPrefix(byte value) => value is 0x66 or 0x67 or 0x26 or 0x2e or 0x36 or 0x3e or 0x64 or 0x65 or 0xf0 or 0xf2 or 0xf3;

        private bool SkipOpcode(byte opcode)
        {
            if (opcode == 0x0f) return SkipEscaped();
            bool isRegister = At < _code.Length && _code[At] >= 0xc0;
            switch (opcode)
            {
                // VEX and EVEX; in 32-bit code, before a memory operand, the instructions that they were: les, lds, bound.
                case 0xc5 when is64Bit || isRegister:
                    return SkipBytes(1) && TryNext(out byte inTwo) && SkipVector(1, inTwo);
                case 0xc4 when is64Bit || isRegister:
                    return TryNext(out byte map) && SkipBytes(1) && TryNext(out byte inThree) && SkipVector(map & 0x1f, inThree);
                case 0x62 when is64Bit || isRegister:
                    return TryNext(out byte wideMap) && SkipBytes(2) && TryNext(out byte inFour) && SkipVector(wideMap & 7, inFour);

                // XOP: map 8 and above, where "pop" has a register number of 0.
                case 0x8f when At < _code.Length && (_code[At] & 0x1f) >= 8:
                    return TryNext(out byte xop) && SkipBytes(1) && SkipBytes(1) && SkipModRm()
                        && (xop & 0x1f) switch { 8 => SkipBytes(1), 9 => true, 10 => SkipBytes(4), _ => false };
            }

            return (!is64Bit || NotIn64Bit.IndexOf(opcode) < 0) && SkipOperands(OneByte[opcode]);
        }

        private bool SkipEscaped()
        {
            if (!TryNext(out byte opcode)) return false;
            return opcode switch
            {
                0x38 => SkipBytes(1) && SkipModRm(),
                0x3a => SkipBytes(1) && SkipModRm() && SkipBytes(1),

                // Moves from and to control registers have no memory operand, whatever ModRM says.
                >= 0x20 and <= 0x23 => SkipBytes(1),
                _ => SkipOperands(TwoBytes[opcode]),
            };
        }

        private bool SkipVector(int map, byte opcode)
        {
            switch (map)
            {
                case 1:
                    if (opcode == 0x77) return true;
                    return SkipModRm() && (opcode is not (>= 0x70 and <= 0x73 or 0xc2 or 0xc4 or 0xc5 or 0xc6) || SkipBytes(1));
                case 2 or 5 or 6:
                    return SkipModRm();
                case 3:
                    return SkipModRm() && SkipBytes(1);
                default:
                    return false;
            }
        }

        private bool SkipOperands(char kind)
        {
            int word = _isShort && !_isWide ? 2 : 4;
            switch (kind)
            {
                case '.': return true;
                case 'm': return SkipModRm();
                case 'b': return SkipBytes(1);
                case 'w': return SkipBytes(2);
                case 'e': return SkipBytes(3);
                case 'z': return SkipBytes(word);
                case 'v': return SkipBytes(_isWide ? 8 : word);
                case 'M': return SkipModRm() && SkipBytes(1);
                case 'Z': return SkipModRm() && SkipBytes(word);
                case 'a': return SkipBytes((is64Bit, _hasShortAddress) switch { (true, false) => 8, (false, true) => 2, _ => 4 });
                case 'f': return SkipBytes(2 + word);

                // In 64-bit code a jump is not made shorter by a prefix.
                case 'j': return SkipBytes(is64Bit ? 4 : word);
                case 'g' or 'G':
                    bool isTest = At < _code.Length && (_code[At] & 0x38) is 0 or 8;
                    return SkipModRm() && (!isTest || SkipBytes(kind == 'g' ? 1 : word));
                default: return false;
            }
        }

        private bool SkipModRm()
        {
            if (!TryNext(out byte modRm)) return false;
            int mode = modRm >> 6, register = modRm & 7;
            if (mode == 3) return true;
            if (!is64Bit && _hasShortAddress) return SkipBytes(mode switch { 0 => register == 6 ? 2 : 0, _ => mode });
            int displacement = mode switch { 0 => register == 5 ? 4 : 0, 1 => 1, _ => 4 };
            if (register == 4)
            {
                if (!TryNext(out byte scaled)) return false;
                if (mode == 0 && (scaled & 7) == 5) displacement = 4;
            }

            return SkipBytes(displacement);
        }

        private bool SkipBytes(int count)
        {
            At += count;
            return At <= _code.Length;
        }

        private bool TryNext(out byte value)
        {
            bool has = At < _code.Length;
            value = has ? _code[At++] : (byte)0;
            return has;
        }
    }
}
