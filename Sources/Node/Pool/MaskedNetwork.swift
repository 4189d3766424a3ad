package import Addresses

/// A network that may be written with host bits set: 10.1.2.3/8 means 10.0.0.0/8, as in the Go program.
package struct MaskedNetwork: LosslessStringConvertible, Sendable {
    package let network: IPv4Network

    package init?(_ text: String) {
        guard let slash = text.firstIndex(of: "/"), let address = IPv4Address(text[..<slash]),
            let prefix = IPv4Network("0.0.0.0" + text[slash...])
        else { return nil }
        network = IPv4Network(containing: address, prefixLength: prefix.prefixLength)
    }

    package var description: String { network.description }
}
