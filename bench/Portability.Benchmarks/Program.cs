using System.Globalization;
using BenchmarkDotNet.Running;
using Portability.Benchmarks;

// limit IMAGE: seconds that this machine needs to read the image and hash each of its blocks, nothing else.
// Anything else goes to BenchmarkDotNet: --filter '*' runs all kernels, --list flat names them.
if (args is ["limit", string image])
{
    Console.WriteLine(ReadAndHash.Run(image).TotalSeconds.ToString("F3", CultureInfo.InvariantCulture));
    return 0;
}

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
