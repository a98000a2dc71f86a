using Portability.Repository.Records;
using Portability.Repository.Workloads;

namespace Portability.Engine.Workloads;

/// <summary>A workload's newest registration that counts.</summary>
/// <param name="Id">The workload.</param>
/// <param name="Registration">What it says; with a key, disks and machine too.</param>
/// <param name="Record">The record as stored.</param>
internal sealed record RegisteredWorkload(Guid Id, WorkloadRegistration Registration, SignedRecord Record);
