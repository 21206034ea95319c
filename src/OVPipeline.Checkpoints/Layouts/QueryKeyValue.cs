namespace OVPipeline.Checkpoints;

/// <summary>What of a head a projection makes.</summary>
internal enum HeadPart
{
    /// <summary>Its query.</summary>
    Query,

    /// <summary>Its key.</summary>
    Key,

    /// <summary>Its value.</summary>
    Value,
}

/// <summary>The sizes by which projections are cut into heads.</summary>
/// <param name="Heads">Query heads.</param>
/// <param name="Groups">Heads of keys and values: heads / groups query heads in a row share one.</param>
/// <param name="Width">Width of a head.</param>
internal readonly record struct HeadSizes(long Heads, long Groups, long Width)
{
    /// <summary>Query heads that share a head of keys and values.</summary>
    public long Sharing => Heads / Groups;
}

/// <summary>The outputs of a projection that are one head's.</summary>
/// <param name="Tensor">The projection, within its layer.</param>
/// <param name="Outputs">All its outputs.</param>
/// <param name="From">The first that is the head's.</param>
internal readonly record struct HeadOutputs(string Tensor, long Outputs, long From);

/// <summary>How a family stores the projections to queries, keys and values.</summary>
internal abstract record QueryKeyValue
{
    /// <summary>A projection that every layer has.</summary>
    public abstract string Mark { get; }

    /// <summary>Where a head's part is.</summary>
    public abstract HeadOutputs Of(HeadPart part, HeadSizes sizes, long head);

    /// <summary>A projection each; keys and values by group.</summary>
    internal sealed record Separate(string Query, string Key, string Value) : QueryKeyValue
    {
        /// <inheritdoc/>
        public override string Mark => Query;

        /// <inheritdoc/>
        public override HeadOutputs Of(HeadPart part, HeadSizes sizes, long head) => part == HeadPart.Query
            ? new(Query, sizes.Heads * sizes.Width, head * sizes.Width)
            : new(part == HeadPart.Key ? Key : Value, sizes.Groups * sizes.Width, head / sizes.Sharing * sizes.Width);
    }

    /// <summary>One projection: every head's queries, then keys, then values (<c>q0 q1 q2 q3 k0 k1 v0 v1</c> of two groups).</summary>
    internal sealed record ByPart(string Name) : QueryKeyValue
    {
        /// <inheritdoc/>
        public override string Mark => Name;

        /// <inheritdoc/>
        public override HeadOutputs Of(HeadPart part, HeadSizes sizes, long head)
        {
            long at = part switch
            {
                HeadPart.Query => head,
                HeadPart.Key => sizes.Heads + (head / sizes.Sharing),
                _ => sizes.Heads + sizes.Groups + (head / sizes.Sharing),
            };
            return new(Name, (sizes.Heads + (2 * sizes.Groups)) * sizes.Width, at * sizes.Width);
        }
    }

    /// <summary>
    /// One projection, group by group: the queries of its heads, its keys, its values (<c>q0 q1 k0 v0 q2 q3 k1 v1</c> of two groups;
    /// <c>q0 k0 v0 q1 k1 v1</c> where each head has its own).
    /// </summary>
    internal sealed record ByGroup(string Name) : QueryKeyValue
    {
        /// <inheritdoc/>
        public override string Mark => Name;

        /// <inheritdoc/>
        public override HeadOutputs Of(HeadPart part, HeadSizes sizes, long head)
        {
            long within = part switch
            {
                HeadPart.Query => head % sizes.Sharing,
                HeadPart.Key => sizes.Sharing,
                _ => sizes.Sharing + 1,
            };
            long at = (head / sizes.Sharing * (sizes.Sharing + 2)) + within;
            return new(Name, (sizes.Heads + (2 * sizes.Groups)) * sizes.Width, at * sizes.Width);
        }
    }

    /// <summary>
    /// One projection in equal partitions of heads, each with its queries, then values, then keys (CodeGen, which was trained on four
    /// devices).
    /// </summary>
    internal sealed record ByPartition(string Name, int Partitions) : QueryKeyValue
    {
        /// <inheritdoc/>
        public override string Mark => Name;

        /// <inheritdoc/>
        public override HeadOutputs Of(HeadPart part, HeadSizes sizes, long head)
        {
            long local = sizes.Heads / Partitions;
            long within = part switch
            {
                HeadPart.Query => 0,
                HeadPart.Value => 1,
                _ => 2,
            };
            long at = (((head / local * 3) + within) * local) + (head % local);
            return new(Name, 3 * sizes.Heads * sizes.Width, at * sizes.Width);
        }
    }

    /// <summary>A projection to queries and one to keys, then values.</summary>
    internal sealed record QueriesApart(string Query, string KeyValue) : QueryKeyValue
    {
        /// <inheritdoc/>
        public override string Mark => Query;

        /// <inheritdoc/>
        public override HeadOutputs Of(HeadPart part, HeadSizes sizes, long head) => part == HeadPart.Query
            ? new(Query, sizes.Heads * sizes.Width, head * sizes.Width)
            : new(KeyValue, 2 * sizes.Groups * sizes.Width,
                ((part == HeadPart.Value ? sizes.Groups : 0) + (head / sizes.Sharing)) * sizes.Width);
    }
}
