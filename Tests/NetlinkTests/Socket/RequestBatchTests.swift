import Addresses
import Netlink
import NetlinkTestSupport
import SystemPackage
import Testing

@Suite("Batches, live", .enabled(if: LiveKernel.isAvailable, Comment(rawValue: LiveKernel.requirement)))
final class RequestBatchTests {
    private let laboratory: Laboratory

    init() throws { laboratory = try Laboratory() }

    @Test("each error is found at the index of its message, whichever messages fail")
    func failures() throws {
        var socket = try laboratory.openSocket()
        for failing in [[0], [1], [9], [0, 9], [3, 4, 5], Array(0..<10), []] {
            var batch = RequestBatch()
            for index in 0..<10 {
                // A gateway that cannot be reached is refused.
                var route = laboratory.hostRoute(UInt32(100 + index))
                if failing.contains(index) {
                    route.scope = .universe
                    route.gateway = IPv4Address(192, 0, 2, 1)
                }
                _ = batch.append(.newRoute, flags: [.create, .replace], route)
            }
            try socket.perform(&batch)
            for index in 0..<10 {
                let error = batch.error(at: index)
                #expect(error == (failing.contains(index) ? .networkUnreachable : nil))
            }
        }
    }

    @Test("a batch that is used again forgets the errors of the last time")
    func reuse() throws {
        var socket = try laboratory.openSocket()
        var batch = RequestBatch(messageCapacity: 2)
        for expected in [nil, Errno.fileExists] {
            batch.removeAll()
            _ = batch.append(.newRoute, flags: [.create, .exclusive], laboratory.hostRoute(7))
            _ = batch.append(.newRoute, flags: [.create, .replace], laboratory.hostRoute(8))
            try socket.perform(&batch)
            let (first, second) = (batch.error(at: 0), batch.error(at: 1))
            #expect(first == expected)
            #expect(second == nil)
        }
        batch.removeAll()
        try socket.perform(&batch)
    }

    @Test("lost answers are an error, and the socket still works afterwards")
    func lostAnswers() throws {
        var socket = try laboratory.openSocket(receiveQueueByteCount: 1)
        var batch = RequestBatch()
        for number: UInt32 in 0..<128 { _ = batch.append(.deleteRoute, laboratory.hostRoute(number)) }
        do throws(NetlinkError) {
            try socket.perform(&batch)
            Issue.record("128 errors fitted the smallest queue")
        } catch {
            #expect(error.number == .noBufferSpace)
        }
        // While the queue is full, the kernel silently drops further answers.
        for number: UInt32 in 0..<3 {
            batch.removeAll()
            _ = batch.append(.newRoute, flags: [.create, .exclusive], laboratory.hostRoute(number))
            try socket.perform(&batch)
            let error = batch.error(at: 0)
            #expect(error == nil)
        }
        try socket.perform("delete", .deleteRoute, laboratory.hostRoute(0))
    }

    @Test("128 errors at once fit the queue of a process without privileges")
    func defaultQueue() throws {
        // The system's default limit, which SO_RCVBUF cannot exceed without privileges.
        var socket = try laboratory.openSocket(receiveQueueByteCount: 212_992)
        var batch = RequestBatch()
        for number: UInt32 in 0..<128 {
            var route = laboratory.hostRoute(number)
            route.type = .unspecified
            route.scope = .universe
            route.gateway = IPv4Address(192, 0, 2, 1)
            _ = batch.append(.newRoute, flags: .create, route)
        }
        try socket.perform(&batch)
        var count = 0
        for index in 0..<128 where batch.error(at: index) != nil { count += 1 }
        #expect(count == 128)
    }

    @Test("ten thousand routes are dumped, each once")
    func largeDump() throws {
        var socket = try laboratory.openSocket()
        var batch = RequestBatch()
        for number: UInt32 in 0..<10_000 {
            _ = batch.append(.newRoute, flags: .create, laboratory.hostRoute(1000 + number))
            if batch.count == batch.capacity || number == 9_999 {
                try socket.perform(&batch)
                batch.removeAll()
            }
        }
        let routes: [RouteMessage] = try socket.dump("dump", .getRoute, RouteFilter(routeProtocol: .dhcp))
        #expect(routes.count == 10_000)
        #expect(Set(routes.map(\.destination)).count == 10_000)
    }
}
