import Addresses
import TestSupport
import Testing

/// RFC 3442: the classless static route option.
@Suite(.needsSandbox, .endsWhenHung)
struct RFC3442_ClasslessRoutes {
    @Test(
        "a client that asks for routes and a router learns its default route",
        .requirement(
            "RFC 3442",
            "If the DHCP server returns both a Classless Static Routes option and a Router option, the DHCP "
                + "client MUST ignore the "
                + "Router option."))
    func defaultRouteIsKnown() throws {
        let offer = try #require(try Bench.client().discover { $0[55] = [1, 121, 3, 6] }).message
        if let routes = offer[121] {
            #expect(routes.contains(subsequence: [0] + Network.gateway.bytes))
        } else {
            #expect(offer.addresses(3) == [Network.gateway])
        }
    }

    @Test(
        "no empty route list is sent",
        .requirement("RFC 3442", "The code for this option is 121, and its minimum length is 5 bytes."))
    func noEmptyList() throws {
        let offer = try #require(try Bench.client().discover { $0[55] = [121, 249, 33] }).message
        for code in [121, 249] as [UInt8] { #expect(offer[code].map { $0.count >= 5 } != false) }
    }
}

extension [UInt8] {
    fileprivate func contains(subsequence: [UInt8]) -> Bool {
        indices.contains { self[$0...].starts(with: subsequence) }
    }
}
