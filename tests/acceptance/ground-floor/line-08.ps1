# Kills, power cuts, the protocol's model, random histories of the real code, and two processes that race for names. Each test prints its figures.
# -Long: 1,000 kills, 1,000 cuts of the engine (20 else), a million histories, and the model of all seven processes with a kill and a pause (1 GB of memory; else a kill or a pause).
function Show-Figures {
    param([string] $Project, [string] $Class, [string] $Pattern, [hashtable] $Variables = @{})
    foreach ($name in $Variables.Keys) { Set-Item "env:$name" $Variables[$name] }
    try { $output = Invoke-Tool dotnet run --project (Join-Path $root "tests/$Project") -- --filter-class $Class --output Detailed }
    finally { foreach ($name in $Variables.Keys) { Remove-Item "env:$name" } }
    $lines = @($output | ForEach-Object { "$_".Trim() } | Where-Object { $_ -match $Pattern } | Select-Object -Unique)
    Assert-True ($lines.Count -gt 0) "$Class printed no figures"
    $passed = ($output | Out-String) -match 'succeeded:\s*(\d+)' ? $Matches[1] : 'none'
    "${Class}: $passed passed"
    $lines | ForEach-Object { "  $_" }
}

Show-Figures Engine.Tests '*KillTests' 'kills;' ($Long ? @{ PORTABILITY_KILLS = '1000' } : @{})
Show-Figures Engine.Tests '*PowerCutTests' 'power cuts' ($Long ? @{ PORTABILITY_CUTS = '1000' } : @{})
Invoke-TestClass -Project Repository.Tests -Class '*PowerCutTests'
Show-Figures Repository.Tests '*ProtocolModelTests' 'states,' ($Long ? @{ PORTABILITY_LONG = '1' } : @{})
Show-Figures Repository.Tests '*ProtocolMutationTests' '^without '
Show-Figures Repository.Tests '*HistoryTests' 'histories from seed' ($Long ? @{ PORTABILITY_HISTORIES = '1000000' } : @{})
Invoke-TestClass -Project Repository.Tests -Class '*ShutOutTests', '*CondemnedGenerationTests', '*TwoProcessTests'
