namespace Portability.Module;

/// <summary>Help messages of parameters that several cmdlets share.</summary>
internal static class HelpText
{
    public const string Repository = "Repository: an object of Connect- or New-WorkloadRepository, or its path or URI.";
    public const string Name = "Name of the workload.";
    public const string NamePattern = "Names of workloads. Wildcards are accepted.";
    public const string Snapshot = "Snapshot, as New- or Get-WorkloadSnapshot emit it.";
    public const string Passphrase = "Passphrase, as Read-Host -AsSecureString returns it.";
    public const string OwnerPassphrase = "Passphrase of the owner key: that of the repository, unless another was set when it was made.";
    public const string PassThru = "Emit the object that was worked on.";
    public const string BootDiskPath = "Images or block devices that the machine needs to boot, in the order of its disks.";
    public const string DataDiskPath = "All other images or block devices of the machine, in the order of its disks.";
    public const string DiskPath = "Images or block devices whose partition tables tell whether the machine boots from them.";
    public const string ParentPath = "Folder of the parents of differencing disks, or the parent itself, tried before the places that the images name.";
    public const string DiskFormat = "Format of the images: Raw, Vhd, Vhdx, Qcow2 or Vmdk. Detected from their bytes when omitted; a block device is then the disk itself.";
    public const string Workload = "Workload, as Register- or Get-Workload emit it.";
    public const string Memory = "Memory of the machine in bytes, such as 4GB.";
    public const string ProcessorCount = "Virtual processors of the machine.";
    public const string Firmware = "Firmware of the machine: Bios or Uefi. Taken from the boot disk when omitted.";
    public const string SecureBoot = "The firmware checks signatures of what it starts.";
    public const string Tpm = "The machine has a trusted platform module.";
    public const string NetworkAdapter = "Network adapters, as objects or tables with Name, MacAddress and Network.";
    public const string MachineImages = "Images or block devices of one machine, in the order of its disks. Wildcards are accepted.";
    public const string MachineImagesLiteral = "Images or block devices of one machine, in the order of its disks, taken as they are written.";
    public const string AllowInUse = "Read images that another program has open. What is shown may not be one state of the disk.";
    public const string GuestPath = "Path in the guest, such as /etc/fstab. Wildcards are accepted in each of its names. The root when omitted.";
    public const string GuestPathLiteral = "Path in the guest, taken as it is written.";
}
