# One random sparse disk through every subformat that is read, captured and restored to every format; then the properties.
$raw = Join-Path $folder 'disk.raw'
New-RandomDisk -Path $raw -Length 96MB -Extents 60 -Seed 3
$repository = New-WorkloadRepository -Path (Join-Path $folder 'vault') -Passphrase $secret -Confirm:$false -WarningAction Ignore
$forms = [ordered]@{
    'raw' = 'raw', ''
    'vpc-dynamic' = 'vpc', 'subformat=dynamic,force_size=on'; 'vpc-fixed' = 'vpc', 'subformat=fixed,force_size=on'
    'vhdx-dynamic' = 'vhdx', 'subformat=dynamic'; 'vhdx-fixed' = 'vhdx', 'subformat=fixed'; 'vhdx-1m' = 'vhdx', 'subformat=dynamic,block_size=1M'
    'vhdx-256m' = 'vhdx', 'subformat=dynamic,block_size=256M,block_state_zero=off'
    'qcow2-v2' = 'qcow2', 'compat=0.10'; 'qcow2-v3' = 'qcow2', 'compat=1.1'; 'qcow2-512' = 'qcow2', 'cluster_size=512'; 'qcow2-2m' = 'qcow2', 'cluster_size=2M'
    'qcow2-refcount1' = 'qcow2', 'refcount_bits=1'; 'qcow2-refcount64' = 'qcow2', 'refcount_bits=64'; 'qcow2-subclusters' = 'qcow2', 'extended_l2=on,cluster_size=128k'
    'qcow2-metadata' = 'qcow2', 'preallocation=metadata'; 'qcow2-falloc' = 'qcow2', 'preallocation=falloc'; 'qcow2-lazy' = 'qcow2', 'lazy_refcounts=on'
    'qcow2-external' = 'qcow2', "data_file=$folder/qcow2-external.data"; 'qcow2-external-raw' = 'qcow2', "data_file=$folder/qcow2-external-raw.data,data_file_raw=on"
    'qcow2-compressed' = 'qcow2', 'compressed'; 'qcow2-compressed-subclusters' = 'qcow2', 'compressed,extended_l2=on'
    'vmdk-sparse' = 'vmdk', 'subformat=monolithicSparse'; 'vmdk-flat' = 'vmdk', 'subformat=monolithicFlat'; 'vmdk-stream' = 'vmdk', 'subformat=streamOptimized'
    'vmdk-sparse-zeroed' = 'vmdk', 'subformat=monolithicSparse,zeroed_grain=on'
    'vmdk-2gb-sparse' = 'vmdk', 'subformat=twoGbMaxExtentSparse'; 'vmdk-2gb-flat' = 'vmdk', 'subformat=twoGbMaxExtentFlat'
}
$drivers = [ordered]@{ Raw = 'raw'; Vhd = 'vpc'; Vhdx = 'vhdx'; Qcow2 = 'qcow2'; Vmdk = 'vmdk' }
$compared = 0
foreach ($form in $forms.Keys) {
    $format, $options = $forms[$form]
    $image = Join-Path $folder "$form.$($format -eq 'vpc' ? 'vhd' : $format)" # only what is named as the image it is may read other files
    $arguments = @('convert', '-f', 'raw', '-O', $format)
    if ($options -match '^compressed,?') { $arguments += '-c'; $options = $options -replace '^compressed,?' }
    if ($options) { $arguments += '-o', $options }
    Invoke-Tool qemu-img @arguments $raw $image | Out-Null
    $snapshot = New-WorkloadSnapshot -Name $form -BootDiskPath $image -Repository $repository
    foreach ($target in $drivers.Keys) {
        $disk = $snapshot | Restore-WorkloadImage -DestinationPath (Join-Path $folder 'out') -Format $target
        Invoke-Tool qemu-img compare -f raw -F $drivers[$target] $raw $disk.Path | Out-Null
        if ($target -in 'Qcow2', 'Vhdx') { Invoke-Tool qemu-img check -f $drivers[$target] $disk.Path | Out-Null }
        if ($target -in 'Vhd', 'Vhdx' -and (Get-Command vhdiinfo -ErrorAction Ignore)) {
            $facts = Invoke-Tool vhdiinfo $disk.Path | Out-String
            Assert-True ($facts -match "\($(96MB) bytes\)") "libvhdi of ${form} as ${target}: $facts"
        }
        $compared++
        Remove-Item -Recurse (Join-Path $folder 'out')
    }
    Remove-Item "$folder/$form*"
}
"$($forms.Count) subformats to $($drivers.Count) formats, $compared restores: equal by qemu-img compare, clean by qemu-img check, accepted by libvhdi"

# Three deep: overlays of overlays, each format over another, each captured as it stands.
foreach ($chain in @('raw', 'qcow2', 'qcow2', 'qcow2'), @('vhdx', 'qcow2', 'qcow2', 'qcow2'), @('vmdk', 'vmdk', 'vmdk', 'vmdk'), @('vpc', 'qcow2', 'qcow2', 'qcow2')) {
    $below = Join-Path $folder "chain-0.$($chain[0])"
    Invoke-Tool qemu-img convert -f raw -O $chain[0] $raw $below | Out-Null
    foreach ($depth in 1..3) {
        $overlay = Join-Path $folder "chain-$depth.$($chain[$depth])"
        Invoke-Tool qemu-img create -q -f $chain[$depth] -b $below -F ($below -replace '.*\.') $overlay | Out-Null
        Invoke-Tool qemu-io -f $chain[$depth] -c "write -P $depth $($depth * 3)M 200k" -c "write -z $($depth * 5)M 100k" -c "write -P 7 $($depth * 7 * 1MB + 512) 1k" $overlay | Out-Null
        $below = $overlay
    }
    $disk = New-WorkloadSnapshot -Name "chain of $($chain -join ', ')" -BootDiskPath $below -Repository $repository | Restore-WorkloadImage -DestinationPath (Join-Path $folder 'out') -Format Qcow2 -Force
    Invoke-Tool qemu-img compare $below $disk.Path | Out-Null
    Remove-Item "$folder/chain-*"
    "a chain of $($chain -join ', '): equal"
}
# Random extents, unaligned lengths, both sector sizes, chains of every format that has children.
Invoke-TestClass -Project Disks.Tests -Class '*WrittenImageProperties', '*QemuDiskTests', '*DifferencingTests', '*Qcow2WriterTests', '*VmdkWriterTests'
