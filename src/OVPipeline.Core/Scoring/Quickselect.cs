namespace OVPipeline.Core;

/// <summary>Selection without sorting.</summary>
internal static class Quickselect
{
    /// <summary>The k-th largest value, k from 1; the values are rearranged (Hoare's quickselect).</summary>
    public static double KthLargest(Span<double> values, int k)
    {
        int target = k - 1, low = 0, high = values.Length - 1;
        while (low < high)
        {
            double pivot = values[(low + high) >>> 1];
            int i = low, j = high;
            while (i <= j)
            {
                while (values[i] > pivot)
                    i++;
                while (values[j] < pivot)
                    j--;
                if (i <= j)
                    (values[i], values[j]) = (values[j--], values[i++]);
            }
            if (target <= j)
                high = j;
            else if (target >= i)
                low = i;
            else
                break;
        }
        return values[target];
    }
}
