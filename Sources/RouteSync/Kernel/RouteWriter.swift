internal import Addresses
internal import Netlink
import SystemPackage

/// Sends operations to the kernel in batches and returns the outcome of each. All its memory is allocated at
/// initialization.
struct RouteWriter: ~Copyable, Sendable {
    private(set) var operations: [RouteOperation] = []
    private var results: [RouteResult] = []
    private var batch = RequestBatch()
    /// A batch of one request, for the second attempt after verdicts were lost.
    private var single = RequestBatch(messageCapacity: 1)

    /// How many operations fit at once.
    static let capacity = RequestBatch.defaultMessageCapacity

    init() {
        operations.reserveCapacity(Self.capacity)
        results.reserveCapacity(Self.capacity)
    }

    var count: Int { operations.count }
    var room: Int { Self.capacity - operations.count }

    /// - Precondition: there is room.
    mutating func append(_ operation: RouteOperation) {
        precondition(room > 0, "the writer was filled beyond its capacity")
        operations.append(operation)
        results.append(.applied)
    }

    mutating func removeAll() {
        operations.removeAll(keepingCapacity: true)
        results.removeAll(keepingCapacity: true)
    }

    /// The outcome of the operation at `index`, once it was performed.
    func result(at index: Int) -> RouteResult { results[index] }

    /// Whether any operation failed because the interface does not exist.
    var hasMissedInterface: Bool { results.contains(.failed(.operationNotSupportedByDevice)) }

    /// Performs all operations on the interface.
    mutating func perform(on kernel: inout some RouteKernel & ~Copyable, interfaceIndex: UInt32) {
        batch.removeAll()
        for operation in operations {
            guard batch.append(operation, interfaceIndex: interfaceIndex) else {
                preconditionFailure("a batch has room for all operations of the writer")
            }
        }
        do throws(NetlinkError) {
            try kernel.perform(&batch)
            for index in operations.indices {
                results[index] = result(of: operations[index], batch.error(at: index))
            }
        } catch {
            repeatOneByOne(on: &kernel, interfaceIndex: interfaceIndex)
        }
        for index in operations.indices where results[index] == .failed(.fileExists) {
            results[index] = resolve(operations[index], on: &kernel, interfaceIndex: interfaceIndex)
        }
    }

    /// Fails all operations without asking the kernel, because there is no interface. Removals still count as applied:
    /// what they should remove is gone with the interface.
    mutating func failForMissingInterface() {
        for index in operations.indices {
            results[index] = result(of: operations[index], .operationNotSupportedByDevice)
        }
    }

    private func result(of operation: RouteOperation, _ error: Errno?) -> RouteResult {
        guard let error, !operation.isHarmless(error) else { return .applied }
        return .failed(error)
    }

    /// Repeats all operations one by one after verdicts were lost. Each can be repeated, and then shows what the kernel
    /// has.
    private mutating func repeatOneByOne(
        on kernel: inout some RouteKernel & ~Copyable, interfaceIndex: UInt32
    ) {
        var failure: Errno?
        for index in operations.indices {
            // After the first request without an answer, do not wait for the kernel again for each of the others.
            failure = failure ?? performOne(operations[index], on: &kernel, interfaceIndex: interfaceIndex)
            results[index] =
                if let failure { .failed(failure) } else {
                    result(of: operations[index], single.error(at: 0))
                }
        }
    }

    /// - Returns: why there is no verdict; nil if there is one.
    private mutating func performOne(
        _ operation: RouteOperation, on kernel: inout some RouteKernel & ~Copyable, interfaceIndex: UInt32
    ) -> Errno? {
        single.removeAll()
        _ = single.append(operation, interfaceIndex: interfaceIndex)
        do throws(NetlinkError) {
            try kernel.perform(&single)
            return nil
        } catch {
            return error.number
        }
    }

    /// Handles a route that is in the place of ours: determines its owner, and replaces it if it is ours to replace.
    private mutating func resolve(
        _ operation: RouteOperation, on kernel: inout some RouteKernel & ~Copyable, interfaceIndex: UInt32
    ) -> RouteResult {
        let found: RouteMessage?
        do throws(NetlinkError) {
            found = try kernel.route(to: operation.address)
        } catch {
            return .failed(error.number)
        }
        guard let found, found.destination.prefixLength == 32 else {
            // A policy rule sends the packets elsewhere, so this lookup does not see the route that is in the way.
            return .failed(.fileExists)
        }
        switch RouteOwner(of: found, interfaceIndex: interfaceIndex) {
        case .ours: return .applied
        case .foreign: return .foreign(found.routeProtocol, interfaceIndex: found.interfaceIndex)
        case .adoptable:
            var replacement = operation
            replacement.kind = .replaceRoute
            if let failure = performOne(replacement, on: &kernel, interfaceIndex: interfaceIndex) {
                return .failed(failure)
            }
            return result(of: replacement, single.error(at: 0))
        }
    }
}
