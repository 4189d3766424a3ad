import Addresses
import FastDHCP
import JournalHost

/// Starts the daemon with a journal made from the input (`Forgery`): open, replay, restore, one commit, and the next start.
/// Whatever the bytes are, a start refuses the file and leaves it unchanged, or keeps the intact records.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzJournal(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    // SAFETY: libFuzzer lends `count` bytes at `start` for this call.
    let input = unsafe UnsafeBufferPointer(start: start, count: count)
    let forgery = unsafe Forgery(Array(input))
    let host = Host(Disk(forgery.bytes))
    guard let found = host.start(merge: { if forgery.hasCopy { LeaseCopy.recover(&$0) } }) else {
        precondition(host.disk.content == forgery.bytes, "a journal that is refused stays as it is")
        return 0
    }
    found.check(against: PlainReading(forgery.bytes), hasCopy: forgery.hasCopy)
    guard let again = host.start() else { preconditionFailure("what a start wrote, the next one reads") }
    precondition(again.leases == found.leases && !again.findings.isDamaged, "the next start knows something else")
    guard let newcomer = host.leaseToNewcomer(again.leases) else { return 0 }
    guard let last = host.start() else { preconditionFailure("a start reads what a commit wrote") }
    precondition(
        last.leases.contains { $0.state == .bound && $0.client == Host.newcomer && $0.address == newcomer },
        "the newcomer's lease is lost")
    precondition(
        last.leases.filter { $0.address != newcomer } == again.leases.filter { $0.address != newcomer },
        "a commit changed another lease")
    return 0
}
