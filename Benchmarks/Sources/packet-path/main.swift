// packet-path allocations EXCHANGES [--canary]   prints how many blocks were allocated in that many exchanges
// packet-path discover|request|renew COUNT       answers so many messages; for callgrind, which counts the
// instructions
import CAllocationCount
import FastDHCP
import Glibc

/// How many clients there are, and so how many exchanges can be run.
let clientCount = 20_000

let arguments = CommandLine.arguments
guard arguments.count >= 3, let count = Int(arguments[2]), (1...clientCount / 2).contains(count) else {
    print("usage: packet-path allocations|discover|request|renew COUNT [--canary], COUNT from 1 to \(clientCount / 2)")
    exit(2)
}

// What is done before the count is the same for every COUNT, so that the difference of two runs is that of
// the messages alone.
var path = try PacketPath(clientCount: clientCount, isCanary: arguments.contains("--canary"))
switch arguments[1] {
case "allocations":
    // The first half is the warm-up: pages, lazily made tables, the queue's first lap.
    for client in 0..<clientCount / 2 { path.exchange(client) }
    let before = CAllocationCount_total()
    for client in clientCount / 2..<clientCount / 2 + count { path.exchange(client) }
    let allocationCount = CAllocationCount_total() - before
    print(allocationCount)
case "discover":
    for client in 0..<count { path.discover(client) }
case "request":
    for client in 0..<clientCount { path.discover(client) }
    path.request(0..<count)
case "renew":
    for client in 0..<clientCount { path.discover(client) }
    path.request(0..<clientCount)
    for client in 0..<count { path.renew(client) }
default:
    print("there is no \(arguments[1])")
    exit(2)
}
path.checkReplies()
