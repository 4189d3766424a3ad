import Addresses
import FastDHCP

/// Runs whole exchanges against the engine. The input is a list of steps (`Step`). After each step, all promises to clients
/// must hold (`Promises`).
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzExchange(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    // SAFETY: libFuzzer lends `count` bytes at `start` for this call.
    let input = unsafe UnsafeBufferPointer(start: start, count: count)
    var host = Host()
    var steps = unsafe StepReader(Array(input))
    while let step = steps.next() { host.take(step) }
    host.settle()
    return 0
}
