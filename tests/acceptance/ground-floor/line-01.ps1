# A fresh clone with the .NET SDK alone: the quick start ends with its figures, the tests are green.
$clone = Join-Path $folder 'clone/main'
Invoke-Tool git clone --quiet $root $clone | Out-Null
$data = Join-Path $root '../shared'
if (Test-Path $data) { New-Item -ItemType SymbolicLink -Path (Join-Path $folder 'clone/shared') -Target (Resolve-Path $data).Path | Out-Null }
Push-Location $clone
try {
    Invoke-Tool dotnet run examples/QuickStart.cs | Select-Object -Last 4
    $summary = Invoke-Tool dotnet test
    $summary | Select-String 'total:|failed:|succeeded:|skipped:' | ForEach-Object { $_.Line.Trim() }
} finally { Pop-Location }
