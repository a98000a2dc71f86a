# Fuzzed parsers: 20,000 damaged inputs each (ten times as many with -Long); only PortabilityException escapes, none takes over a second or 256 MiB.
$before = $env:PORTABILITY_LONG
if ($Long) { $env:PORTABILITY_LONG = '1' }
try {
    $inputs = $Long ? 200000 : 20000
    $parsers = [ordered]@{
        'Disks.Tests' = [ordered]@{
            '*VhdFuzzTests' = 'VHD: footer, dynamic header, table, locators, bitmaps; opened by chain and read'
            '*VhdxFuzzTests' = 'VHDX: headers, log, region and metadata tables, allocation table, locators; opened by chain and read'
            '*Qcow2FuzzTests' = 'QCOW2: header, extensions, bitmaps, L1 and L2 tables, compressed clusters; read'
            '*VmdkFuzzTests' = 'VMDK: sparse header, directory, tables, markers, descriptor, extents; read'
            '*PartitionTableFuzzTests' = 'MBR with logical partitions; GPT with its backup'
        }
        'Repository.Tests' = [ordered]@{
            '*ObjectFuzzTests' = 'headers, pack trailers, directories, frames, map nodes, reference nodes, run trailers, indexes, pages, index files, names, state files'
            '*RecordBodyFuzzTests' = 'manifests, voids, tombstones, merged tombstones, registrations, machine definitions, leases, condemned lists, substitutions, receipts'
            '*KeyAndRecordFuzzTests' = 'record envelopes, trust records, instance records, repository.json, slots, keyrings, wrapped keyrings'
        }
        'Engine.Tests' = [ordered]@{
            '*RecordPlaceFuzzTests' = 'home records, announcements and verified records as checks read them; change tokens'
        }
    }
    foreach ($project in $parsers.Keys) {
        foreach ($class in $parsers[$project].Keys) {
            "$(@(Invoke-TestClass -Project $project -Class $class)[-1]); $inputs inputs each: $($parsers[$project][$class])"
        }
    }
} finally { $env:PORTABILITY_LONG = $before }
