/// Changes on their way to the kernel, with their outcomes.
struct RouteWork: Sendable {
    private(set) var changes: [BindingChange] = []
    /// For each change, the value by which the caller identifies it.
    private(set) var tags: [Int] = []
    private(set) var isRouted: [Bool] = []
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
        changes.reserveCapacity(capacity)
        tags.reserveCapacity(capacity)
        isRouted.reserveCapacity(capacity)
    }

    var isEmpty: Bool { changes.isEmpty }
    var isFull: Bool { changes.count == capacity }

    mutating func removeAll() {
        changes.removeAll(keepingCapacity: true)
        tags.removeAll(keepingCapacity: true)
        isRouted.removeAll(keepingCapacity: true)
    }

    mutating func append(_ change: BindingChange, tag: Int = 0) {
        changes.append(change)
        tags.append(tag)
        isRouted.append(false)
    }

    func begin(_ routes: inout some RouteSink & ~Copyable) {
        if !isEmpty { routes.begin(changes.span) }
    }

    mutating func finish(_ routes: inout some RouteSink & ~Copyable) {
        guard !isEmpty else { return }
        var flags = isRouted.mutableSpan
        routes.finish(&flags)
    }

    mutating func perform(_ routes: inout some RouteSink & ~Copyable) {
        begin(&routes)
        finish(&routes)
    }
}
