// packet-path allocations EXCHANGES [--canary]           prints how many blocks were allocated in that many exchanges
// packet-path durable EXCHANGES DIRECTORY [--canary]     the same with a journal in DIRECTORY and kernel routes
// packet-path discover|request|renew COUNT               answers COUNT messages, for callgrind to count the instructions
import FastDHCP
import Glibc
import Workload

/// The number of clients, which limits the number of exchanges.
let clientCount = 20_000

let arguments = CommandLine.arguments
guard arguments.count >= 3, let count = Int(arguments[2]), (1...clientCount / 2).contains(count) else {
    print("usage: packet-path allocations|durable|discover|request|renew COUNT [DIRECTORY] [--canary]")
    print("COUNT is from 1 to \(clientCount / 2); DIRECTORY is for the journal of `durable`")
    exit(2)
}
let isCanary = arguments.contains("--canary")

// The preparation is the same for every COUNT, so the difference between two runs comes only from the messages.
let pool = (0..<clientCount).map(Frames.address(of:))
let table = LeaseTable(pool: pool)
if arguments[1] == "durable" {
    guard arguments.count >= 4 else {
        print("durable needs a directory for the journal; give it after COUNT")
        exit(2)
    }
    let laboratory = try RouteLaboratory(pool: pool)
    let counters = RouteCounters()
    var path = try PacketPath(
        table: table, journal: try Journal<FileJournalStorage>.open(in: arguments[3], table: table),
        routes: LeaseRoutes(laboratory.sync, counters: counters), isCanary: isCanary)
    print(path.allocationCount(in: count))
    path.checkReplies()
    precondition(Int(counters.addedCount) == clientCount / 2 + count, "every binding has a route")
    exit(0)
}

var path = try PacketPath(table: table, journal: NoJournal(), routes: NoRoutes(), isCanary: isCanary)
switch arguments[1] {
case "allocations":
    print(path.allocationCount(in: count))
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
    print("there is no mode \(arguments[1]); use allocations, durable, discover, request or renew")
    exit(2)
}
path.checkReplies()
