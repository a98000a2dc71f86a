namespace Portability.Repository.Signers;

/// <summary>Why a trust chain was not read further: a record that does not verify ends it.</summary>
/// <param name="Name">Name of the object.</param>
/// <param name="Reason">What is wrong with it.</param>
/// <param name="IsMissing">True if there is no such object, though there are later ones.</param>
public sealed record TrustChainEnd(string Name, string Reason, bool IsMissing = false);
