using System.Text;
using CsCheck;
using Ebpf.Btf.Reading;

namespace Ebpf.Spec.Tests.Btf;

public sealed class NameHashTests
{
    [Theory]
    [InlineData("task_struct___old", "task_struct")]
    [InlineData("a___b___c", "a")]
    [InlineData("a___b___c", "a___b")]
    [InlineData("seven_c___x", "seven_c")]
    [InlineData("eight_ch___x", "eight_ch")]
    [InlineData("nine_char___x", "nine_char")]
    [InlineData("longer_than_one_word___flavour_of_it", "longer_than_one_word")]
    public void Of_NameWithAFlavour_IsThatOfTheNameBeforeIt(string name, string before) =>
        Assert.Equal(Hash(before), Hash(name));

    [Theory]
    [InlineData("___leading", "___other")]
    [InlineData("a____b", "a____c")]
    [InlineData("trailing___", "trailing")]
    [InlineData("__two", "__twp")]
    [InlineData("a__b", "a__c")]
    public void Of_UnderscoresThatAreNoFlavour_Counts(string name, string other) =>
        Assert.NotEqual(Hash(name), Hash(other));

    [Fact]
    public void Of_TextUpToAZero_IsThatOfTheTextAlone()
    {
        for (int length = 0; length < 40; length++)
        {
            string name = new('x', length);
            Assert.Equal(Hash(name), NameHash.Of(Encoding.UTF8.GetBytes(name + "\0something___else")));
            Assert.Equal(Hash(name), NameHash.Of(Encoding.UTF8.GetBytes(name + "\0")));
        }
    }

    [Fact]
    public void Of_LongName_CountsItsBeginning()
    {
        string start = new('x', 247);

        Assert.NotEqual(Hash(start + "a"), Hash(start + "b"));
        Assert.Equal(Hash(start + "aa"), Hash(start + "ab"));
        for (int length = 240; length < 260; length++)
            Assert.Equal(Hash(new string('x', length)), Hash(new string('x', length) + "___flavour"));
    }

    [Fact]
    public void Index_OfAnyNames_FindsWhatASearchFinds() =>
        Gen.String[Gen.Char["ab_"], 1, 12].List[1, 40].Sample(
            names =>
            {
                BtfBlob blob = new();
                foreach (string name in names) blob.Int(name, 4);
                BtfSpec types = blob.Parse();
                foreach (string name in names)
                {
                    byte[] utf8 = Encoding.UTF8.GetBytes(name);
                    uint[] ids = [.. Enumerable.Range(1, names.Count).Where(id => names[id - 1] == name).Select(id => (uint)id)];
                    byte[] essential = utf8[..NameIndex.EssentialLength(utf8)];
                    uint[] related = [.. Enumerable.Range(1, names.Count).Where(id => HasEssentialName(names[id - 1], essential)).Select(id => (uint)id)];

                    // The first searches go without the index, the later ones and those for essential names with it.
                    for (int i = 0; i < 12; i++) Assert.Equal(ids, types.Named(name).Select(type => type.Id.Value));
                    Assert.Equal(related, Related(types, essential));
                }
            },
            iter: 300);

    private static bool HasEssentialName(string name, byte[] essential)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(name);
        return utf8.AsSpan(0, NameIndex.EssentialLength(utf8)).SequenceEqual(essential);
    }

    private static List<uint> Related(BtfSpec types, byte[] essential)
    {
        List<uint> ids = [];
        for (uint id = types.NextWithEssentialName(essential, 0); id != 0; id = types.NextWithEssentialName(essential, id)) ids.Add(id);
        return ids;
    }

    private static uint Hash(string name) => NameHash.Of(Encoding.UTF8.GetBytes(name));
}
