using System.Security.Cryptography;

namespace Portability.Core.Crypto;

/// <summary>What every P-256 private key read from somewhere must be.</summary>
internal static class P256PrivateKey
{
    private const string CurveOid = "1.2.840.10045.3.1.7";

    /// <summary>Checks curve and length.</summary>
    /// <exception cref="InvalidFormatException">Another curve, or bytes left behind the key.</exception>
    public static void Check(ECParameters parameters, int given, int read)
    {
        if (!parameters.Curve.IsNamed || !string.Equals(parameters.Curve.Oid.Value, CurveOid, StringComparison.Ordinal))
        {
            throw Error("the curve is not P-256");
        }

        if (given != read)
        {
            throw Error(FormattableString.Invariant($"{given - read} bytes follow the key"));
        }
    }

    /// <summary>Makes the error for a private key that is none.</summary>
    public static InvalidFormatException Error(string fact) => new("P-256 private key", "PrivateKeyInfo", 0, fact);
}
