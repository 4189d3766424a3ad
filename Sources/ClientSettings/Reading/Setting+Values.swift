import Addresses
import FastDHCP
import Node

// Each function returns the value as one type, or throws what is wrong with it.
extension Setting {
    func text() throws(BadInput) -> String {
        guard case .string(let text) = value else { throw fault("is \(value.kind), not a string", "put it in quotes") }
        return text
    }

    func flag() throws(BadInput) -> Bool {
        guard case .bool(let flag) = value else {
            throw fault("is \(value.kind), not a boolean", "write true or false")
        }
        return flag
    }

    func integer<Integer: FixedWidthInteger>(in range: ClosedRange<Integer>) throws(BadInput) -> Integer {
        guard case .number(let digits) = value else {
            throw fault(
                "is \(value.kind), not a number", "write a number from \(range.lowerBound) to \(range.upperBound)")
        }
        guard let integer = Integer(digits), range.contains(integer) else {
            throw fault("is not a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return integer
    }

    func address() throws(BadInput) -> IPv4Address {
        guard let address = IPv4Address(try text()) else { throw fault("is not an IPv4 address", "correct it") }
        return address
    }

    /// The address of another host, to which clients can send.
    func serverAddress() throws(BadInput) -> IPv4Address {
        let address = try address()
        switch address[byte: 0] {
        case 0, 224...: throw fault("is not a host address")
        case 127: throw fault("is a loopback address, which means the VM itself", "name an address that VMs can reach")
        default: return address
        }
    }

    func network() throws(BadInput) -> IPv4Network {
        let text = try text()
        if let network = IPv4Network(text) { return network }
        guard let meant = MaskedNetwork(text) else { throw fault("is not a network such as 10.0.0.0/8", "correct it") }
        throw fault("has host bits", "write \(meant)")
    }

    func leaseTime() throws(BadInput) -> LeaseTime {
        guard let time = LeaseTime(try text()) else {
            let range = LeaseTime.secondsRange
            throw fault(
                "is not a time from \(range.lowerBound)s to \(range.upperBound)s",
                "write it like 90s, 15m, 24h or infinite")
        }
        return time
    }

    /// T1 or T2: a time within a lease.
    func timer() throws(BadInput) -> LeaseTime {
        let time = LeaseTime(try text(), in: 1...LeaseTime.secondsRange.upperBound, allowsInfinite: false)
        guard let time else { throw fault("is not a time within a lease", "write it like 90s, 15m or 12h") }
        return time
    }

    func domainName() throws(BadInput) -> [UInt8] {
        let text = try text()
        return try encoded { () throws(OptionEncodingError) in try OptionEncoding.domainName(text) }
    }

    /// A domain name encoded as in RFC 1035.
    func labels() throws(BadInput) -> [UInt8] {
        let text = try text()
        return try encoded { () throws(OptionEncodingError) in try OptionEncoding.domainSearch([text]) }
    }

    /// Printable ASCII that fits in one instance of an option, since firmware that boots from a name does not join two
    /// instances.
    func name() throws(BadInput) -> [UInt8] {
        let bytes = try printable()
        guard bytes.count <= 255 else {
            throw fault("has \(bytes.count) bytes, more than the limit of 255", "shorten it")
        }
        return bytes
    }

    func printable() throws(BadInput) -> [UInt8] {
        let text = try text()
        return try encoded { () throws(OptionEncodingError) in try OptionEncoding.text(text) }
    }

    private func encoded(_ encode: () throws(OptionEncodingError) -> [UInt8]) throws(BadInput) -> [UInt8] {
        do throws(OptionEncodingError) {
            return try encode()
        } catch {
            switch error {
            case .emptyText, .emptyList: throw fault("is empty", "give it a value, or remove the key")
            case .notPrintableASCII: throw fault("has characters outside of printable ASCII", "remove them")
            case .emptyName: throw fault("is not a domain name: it has an empty label", "write it like example.com")
            case .labelTooLong: throw fault("has a label of more than 63 bytes", "shorten it")
            case .nameTooLong: throw fault("exceeds the 253 bytes of a domain name", "shorten it")
            case .notAName: throw fault("is not a domain name", "use letters, digits, hyphens and underscores")
            }
        }
    }
}
