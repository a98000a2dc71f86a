# One random sparse disk through every subformat that is read, captured and restored to every format.
$raw = Join-Path $folder 'disk.raw'
New-RandomDisk -Path $raw -Length 96MB -Extents 60 -Seed 3
$repository = New-WorkloadRepository -Path (Join-Path $folder 'vault') -Passphrase $secret -Confirm:$false
$forms = [ordered]@{
    'raw' = 'raw', ''
    'vpc-dynamic' = 'vpc', 'subformat=dynamic,force_size=on'; 'vpc-fixed' = 'vpc', 'subformat=fixed,force_size=on'
    'vhdx-dynamic' = 'vhdx', 'subformat=dynamic'; 'vhdx-fixed' = 'vhdx', 'subformat=fixed'; 'vhdx-1m' = 'vhdx', 'subformat=dynamic,block_size=1M'
    'qcow2-v2' = 'qcow2', 'compat=0.10'; 'qcow2-v3' = 'qcow2', 'compat=1.1'; 'qcow2-512' = 'qcow2', 'cluster_size=512'; 'qcow2-2m' = 'qcow2', 'cluster_size=2M'
    'qcow2-refcount1' = 'qcow2', 'refcount_bits=1'; 'qcow2-refcount64' = 'qcow2', 'refcount_bits=64'; 'qcow2-subclusters' = 'qcow2', 'extended_l2=on,cluster_size=128k'
    'qcow2-metadata' = 'qcow2', 'preallocation=metadata'; 'qcow2-lazy' = 'qcow2', 'lazy_refcounts=on'
    'vmdk-sparse' = 'vmdk', 'subformat=monolithicSparse'; 'vmdk-flat' = 'vmdk', 'subformat=monolithicFlat'; 'vmdk-stream' = 'vmdk', 'subformat=streamOptimized'
}
foreach ($form in $forms.Keys) {
    $format, $options = $forms[$form]
    $image = Join-Path $folder "$form.img"
    $arguments = @('convert', '-f', 'raw', '-O', $format); if ($options) { $arguments += '-o', $options }
    Invoke-Tool qemu-img @arguments $raw $image | Out-Null
    $snapshot = New-WorkloadSnapshot -Name $form -BootDiskPath $image -Repository $repository
    foreach ($target in 'Raw', 'Vhd', 'Vhdx', 'Qcow2', 'Vmdk') {
        $disk = $snapshot | Restore-WorkloadImage -DestinationPath (Join-Path $folder 'out') -Format $target
        $driver = @{ Raw = 'raw'; Vhd = 'vpc'; Vhdx = 'vhdx'; Qcow2 = 'qcow2'; Vmdk = 'vmdk' }[$target]
        Invoke-Tool qemu-img compare -f raw -F $driver $raw $disk.Path | Out-Null
        if ($target -in 'Qcow2', 'Vhdx') { Invoke-Tool qemu-img check -f $driver $disk.Path | Out-Null }
        Remove-Item -Recurse (Join-Path $folder 'out')
    }
    Remove-Item "$folder/$form*"
}
Invoke-Tool qemu-img convert -c -f raw -O qcow2 $raw "$folder/compressed.qcow2" | Out-Null
$snapshot = New-WorkloadSnapshot -Name compressed -BootDiskPath "$folder/compressed.qcow2" -Repository $repository
$disk = $snapshot | Restore-WorkloadImage -DestinationPath (Join-Path $folder 'out') -Format Raw
Invoke-Tool cmp $raw $disk.Path | Out-Null
"$($forms.Count + 1) subformats to 5 formats: equal by qemu-img compare, clean by qemu-img check"
# Three deep: a chain of overlays, each captured as it stands.
Copy-Item $raw "$folder/base.raw"
$below = "$folder/base.raw"; $driver = 'raw'
foreach ($depth in 1..3) {
    $overlay = "$folder/depth-$depth.qcow2"
    Invoke-Tool qemu-img create -f qcow2 -b $below -F $driver $overlay | Out-Null
    Invoke-Tool qemu-io -c "write -P $depth $($depth * 3)M 200k" -c "write -z $($depth * 5)M 100k" $overlay | Out-Null
    $below = $overlay; $driver = 'qcow2'
}
$disk = New-WorkloadSnapshot -Name chain -BootDiskPath $below -Repository $repository | Restore-WorkloadImage -DestinationPath (Join-Path $folder 'out') -Format Qcow2 -Force
Invoke-Tool qemu-img compare $below $disk.Path | Out-Null
'a chain three deep: equal'
