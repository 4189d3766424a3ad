package import Addresses

/// A network that may be written with any of its addresses: 10.1.2.3/8 is 10.0.0.0/8, as the Go program reads it.
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
