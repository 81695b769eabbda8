namespace Ebpf.Executables;

/// <summary>Reads LZMA, the packing itself: literals and repetitions, coded by a range coder whose probabilities adapt.</summary>
/// <remarks>As in the LZMA specification of the LZMA SDK (lzma-specification.txt).</remarks>
internal sealed class LzmaDecoder
{
    private const int StateCount = 12, MaxPositionStates = 16, LengthStates = 4, AlignBits = 4, EndOfSlots = 14, FullDistances = 128;
    private const int MinMatch = 2;
    private const ushort Half = 1024;

    private readonly ushort[] _isMatch = new ushort[StateCount * MaxPositionStates], _isLongRepeat = new ushort[StateCount * MaxPositionStates];
    private readonly ushort[] _isRepeat = new ushort[StateCount], _isRepeat0 = new ushort[StateCount], _isRepeat1 = new ushort[StateCount], _isRepeat2 = new ushort[StateCount];
    private readonly ushort[] _slots = new ushort[LengthStates * 64], _special = new ushort[1 + FullDistances - EndOfSlots], _align = new ushort[1 << AlignBits];
    private readonly LengthCoder _matchLength = new(), _repeatLength = new();
    private ushort[] _literals = [];
    private int _literalContext, _literalPosition, _positionMask;
    private int _state;
    private uint _distance0, _distance1, _distance2, _distance3;

    /// <summary>Takes the numbers of bits of the context.</summary>
    /// <exception cref="ObjectFormatException">LZMA2 does not allow them.</exception>
    public void SetProperties(byte properties)
    {
        const int most = (4 * 5 + 4) * 9 + 8;
        if (properties > most) throw Lzma2Decoder.Damaged();
        _literalContext = properties % 9;
        _literalPosition = properties / 9 % 5;
        _positionMask = (1 << (properties / 45)) - 1;
        if (_literalContext + _literalPosition > 4) throw Lzma2Decoder.Damaged();
        int size = 0x300 << (_literalContext + _literalPosition);
        if (_literals.Length < size) _literals = new ushort[size];
    }

    /// <summary>Forgets what was learnt.</summary>
    public void Reset()
    {
        foreach (ushort[] probabilities in (ReadOnlySpan<ushort[]>)
            [_isMatch, _isLongRepeat, _isRepeat, _isRepeat0, _isRepeat1, _isRepeat2, _slots, _special, _align, _literals])
        {
            probabilities.AsSpan().Fill(Half);
        }

        _matchLength.Reset();
        _repeatLength.Reset();
        _state = 0;
        _distance0 = _distance1 = _distance2 = _distance3 = 0;
    }

    /// <summary>Decodes a chunk.</summary>
    /// <param name="packed">All of it.</param>
    /// <param name="output">Gets what is decoded, and has what was before.</param>
    /// <param name="length">How many bytes come of it.</param>
    /// <exception cref="ObjectFormatException">It is malformed.</exception>
    public void Decode(ReadOnlySpan<byte> packed, LzmaOutput output, int length)
    {
        Span<byte> bytes = output.Room(length);
        int at = output.Length, start = output.DictionaryStart;
        RangeCoder coder = new(packed);
        while (at < bytes.Length)
        {
            int positionState = (at - start) & _positionMask;
            if (coder.Bit(ref _isMatch[(_state * MaxPositionStates) + positionState]) == 0)
            {
                bytes[at] = Literal(ref coder, bytes, at, start);
                at++;
                continue;
            }

            int count = Repetition(ref coder, positionState, out bool isDone);
            if (isDone)
            {
                // One byte of the last distance.
                if (_distance0 >= (uint)(at - start)) throw Lzma2Decoder.Damaged();
                bytes[at] = bytes[at - (int)_distance0 - 1];
                at++;
                continue;
            }

            if (_distance0 >= (uint)(at - start) || count > bytes.Length - at) throw Lzma2Decoder.Damaged();
            int from = at - (int)_distance0 - 1;
            if (count <= at - from)
            {
                bytes.Slice(from, count).CopyTo(bytes[at..]);
                at += count;
            }
            else
            {
                // It repeats what it writes.
                for (int i = 0; i < count; i++) bytes[at++] = bytes[from++];
            }
        }

        if (coder.IsOverrun) throw Lzma2Decoder.Damaged();
        output.Length = at;
    }

    private byte Literal(ref RangeCoder coder, ReadOnlySpan<byte> bytes, int at, int start)
    {
        int before = at > start ? bytes[at - 1] : 0;
        int context = (((at - start) & ((1 << _literalPosition) - 1)) << _literalContext) + (before >> (8 - _literalContext));
        Span<ushort> probabilities = _literals.AsSpan(0x300 * context, 0x300);
        uint symbol = 1;
        if (_state >= 7)
        {
            if (_distance0 >= (uint)(at - start)) throw Lzma2Decoder.Damaged();
            uint match = bytes[at - (int)_distance0 - 1];
            do
            {
                uint matchBit = (match >> 7) & 1;
                match <<= 1;
                uint bit = coder.Bit(ref probabilities[(int)(((1 + matchBit) << 8) + symbol)]);
                symbol = (symbol << 1) | bit;
                if (matchBit != bit) break;
            }
            while (symbol < 0x100);
        }

        while (symbol < 0x100) symbol = (symbol << 1) | coder.Bit(ref probabilities[(int)symbol]);
        _state = _state < 4 ? 0 : _state < 10 ? _state - 3 : _state - 6;
        return (byte)symbol;
    }

    /// <summary>The length of what is repeated, whose distance is in <see cref="_distance0"/>.</summary>
    private int Repetition(ref RangeCoder coder, int positionState, out bool isOneByte)
    {
        isOneByte = false;
        int place = (_state * MaxPositionStates) + positionState;
        if (coder.Bit(ref _isRepeat[_state]) == 0)
        {
            (_distance3, _distance2, _distance1) = (_distance2, _distance1, _distance0);
            int length = _matchLength.Decode(ref coder, positionState);
            _state = _state < 7 ? 7 : 10;
            _distance0 = Distance(ref coder, length);
            return length + MinMatch;
        }

        if (coder.Bit(ref _isRepeat0[_state]) == 0)
        {
            if (coder.Bit(ref _isLongRepeat[place]) == 0)
            {
                _state = _state < 7 ? 9 : 11;
                isOneByte = true;
                return 1;
            }
        }
        else
        {
            uint distance;
            if (coder.Bit(ref _isRepeat1[_state]) == 0)
            {
                distance = _distance1;
            }
            else
            {
                if (coder.Bit(ref _isRepeat2[_state]) == 0)
                {
                    distance = _distance2;
                }
                else
                {
                    distance = _distance3;
                    _distance3 = _distance2;
                }

                _distance2 = _distance1;
            }

            _distance1 = _distance0;
            _distance0 = distance;
        }

        int repeated = _repeatLength.Decode(ref coder, positionState);
        _state = _state < 7 ? 8 : 11;
        return repeated + MinMatch;
    }

    private uint Distance(ref RangeCoder coder, int length)
    {
        int lengthState = Math.Min(length, LengthStates - 1);
        uint slot = coder.Tree(_slots.AsSpan(lengthState * 64, 64), 6);
        if (slot < 4) return slot;
        int directBits = (int)(slot >> 1) - 1;
        uint distance = (2 | (slot & 1)) << directBits;
        return slot < EndOfSlots
            ? distance + coder.ReverseTree(_special.AsSpan((int)(distance - slot)), directBits)
            : distance + (coder.Direct(directBits - AlignBits) << AlignBits) + coder.ReverseTree(_align, AlignBits);
    }

    /// <summary>The lengths of repetitions: short, middle and long ones.</summary>
    private sealed class LengthCoder
    {
        private readonly ushort[] _choice = new ushort[2], _low = new ushort[MaxPositionStates * 8], _middle = new ushort[MaxPositionStates * 8], _high = new ushort[256];

        public void Reset()
        {
            foreach (ushort[] probabilities in (ReadOnlySpan<ushort[]>)[_choice, _low, _middle, _high]) probabilities.AsSpan().Fill(Half);
        }

        public int Decode(ref RangeCoder coder, int positionState)
        {
            if (coder.Bit(ref _choice[0]) == 0) return (int)coder.Tree(_low.AsSpan(positionState * 8, 8), 3);
            return coder.Bit(ref _choice[1]) == 0
                ? 8 + (int)coder.Tree(_middle.AsSpan(positionState * 8, 8), 3)
                : 16 + (int)coder.Tree(_high, 8);
        }
    }

    /// <summary>Reads bits whose probabilities are known. Behind the end there are zeros, which <see cref="IsOverrun"/> tells.</summary>
    private ref struct RangeCoder
    {
        private readonly ReadOnlySpan<byte> _bytes;
        private int _at;
        private uint _range, _code;

        public RangeCoder(ReadOnlySpan<byte> bytes)
        {
            _bytes = bytes;
            _range = uint.MaxValue;
            _at = 1;
            for (int i = 0; i < 4; i++) _code = (_code << 8) | Next();
        }

        public readonly bool IsOverrun => _at > _bytes.Length;

        public uint Bit(ref ushort probability)
        {
            const int bits = 11, rate = 5;
            uint bound = (_range >> bits) * probability;
            uint bit;
            if (_code < bound)
            {
                probability += (ushort)(((1 << bits) - probability) >> rate);
                _range = bound;
                bit = 0;
            }
            else
            {
                probability -= (ushort)(probability >> rate);
                _code -= bound;
                _range -= bound;
                bit = 1;
            }

            Normalize();
            return bit;
        }

        /// <summary>Bits of even probability.</summary>
        public uint Direct(int count)
        {
            uint result = 0;
            for (int i = 0; i < count; i++)
            {
                _range >>= 1;
                _code -= _range;
                uint mask = 0 - (_code >> 31);
                _code += _range & mask;
                Normalize();
                result = (result << 1) + mask + 1;
            }

            return result;
        }

        /// <summary>A number, its highest bit first.</summary>
        public uint Tree(Span<ushort> probabilities, int bits)
        {
            uint node = 1;
            for (int i = 0; i < bits; i++) node = (node << 1) | Bit(ref probabilities[(int)node]);
            return node - (1u << bits);
        }

        /// <summary>A number, its lowest bit first.</summary>
        public uint ReverseTree(Span<ushort> probabilities, int bits)
        {
            uint node = 1, result = 0;
            for (int i = 0; i < bits; i++)
            {
                uint bit = Bit(ref probabilities[(int)node]);
                node = (node << 1) | bit;
                result |= bit << i;
            }

            return result;
        }

        private void Normalize()
        {
            if (_range >= 1 << 24) return;
            _range <<= 8;
            _code = (_code << 8) | Next();
        }

        private uint Next()
        {
            int at = _at++;
            return at < _bytes.Length ? _bytes[at] : 0u;
        }
    }
}
