using System.Globalization;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Portability.Benchmarks;

// limit IMAGE: seconds that this machine needs to read the image and hash each of its blocks, nothing else.
// Anything else goes to BenchmarkDotNet: --filter '*' runs all kernels, --list flat names them.
if (args is ["limit", string image])
{
    Console.WriteLine(ReadAndHash.Run(image).TotalSeconds.ToString("F3", CultureInfo.InvariantCulture));
    return 0;
}

// In this process: a project of its own for each kernel would need this one's pins and analyzers.
IConfig config = DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance));
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, config);
return 0;
