# A real guest: captured, run on, captured again after a kill, restored, booted; refused while it runs.
if (-not $GuestPath) { 'not reached: no -GuestPath'; return }
Copy-Item "$GuestPath/boot.raw", "$GuestPath/data.raw", "$GuestPath/manifest.txt" $folder
$boot = Join-Path $LabPath 'boot-guest.sh'
$repository = New-WorkloadRepository -Path (Join-Path $folder 'vault') -Passphrase $secret -Confirm:$false
$null = Register-Workload -Name guest -BootDiskPath "$folder/boot.raw" -DataDiskPath "$folder/data.raw" -Repository $repository
$first = New-WorkloadSnapshot -Name guest -Repository $repository
"first capture: $($first.ChangedBytes) bytes changed, $($first.StoredBytes) stored"
Invoke-Tool $boot -i $folder -r "$folder/run" -w 300 | Select-Object -Last 1
$message = Get-ExpectedError -Id DiskInUse -Script { New-WorkloadSnapshot -Name guest -Repository $repository }
"while it runs: $message"
Start-Sleep -Seconds 10
$process = Get-Process -Name 'qemu-system*' | Select-Object -First 1
$process.Kill(); $process.WaitForExit()
$second = New-WorkloadSnapshot -Name guest -Repository $repository
"second capture: $($second.ChangedBytes) bytes changed, $($second.StoredBytes) stored"
Assert-True ($second.StoredBytes -lt 1.1 * $second.ChangedBytes + 1MB) 'more stored than the touched blocks'
$restored = $second | Restore-WorkloadImage -DestinationPath "$folder/restored" -Format Raw
Invoke-Tool cmp $restored[0].Path "$folder/boot.raw" | Out-Null
Invoke-Tool cmp $restored[1].Path "$folder/data.raw" | Out-Null
$again = (New-Item -ItemType Directory "$folder/again").FullName
Move-Item $restored[0].Path "$again/boot.raw"; Move-Item $restored[1].Path "$again/data.raw"; Copy-Item "$folder/manifest.txt" $again
Invoke-Tool $boot -i $again -r "$folder/run2" -w 300 | Select-Object -Last 1
$port = (Get-Content "$folder/run2/port" -ErrorAction Ignore) ?? (Get-ChildItem "$folder/run2" | ForEach-Object Name | Out-String)
"restored guest: port $port"
Invoke-Tool $boot -r "$folder/run2" -q | Out-Null
