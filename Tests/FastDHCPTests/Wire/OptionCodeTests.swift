import Testing

@testable import FastDHCP

@Suite("Option codes")
struct OptionCodeTests {
    @Test("the named options have the codes of their RFCs")
    func codes() {
        let codes: [(OptionCode, UInt8)] = [
            (.pad, 0), (.subnetMask, 1), (.router, 3), (.domainNameServer, 6), (.hostName, 12), (.domainName, 15),
            (.interfaceMTU, 26), (.broadcastAddress, 28), (.ntpServers, 42), (.vendorSpecificInformation, 43),
            (.requestedIPAddress, 50), (.ipAddressLeaseTime, 51), (.optionOverload, 52), (.dhcpMessageType, 53),
            (.serverIdentifier, 54), (.parameterRequestList, 55), (.message, 56), (.maximumDHCPMessageSize, 57),
            (.renewalTimeValue, 58), (.rebindingTimeValue, 59), (.vendorClassIdentifier, 60), (.clientIdentifier, 61),
            (.tftpServerName, 66), (.bootfileName, 67), (.rapidCommit, 80), (.relayAgentInformation, 82),
            (.clientSystemArchitecture, 93), (.clientMachineIdentifier, 97), (.ipv6OnlyPreferred, 108),
            (.captivePortal, 114), (.domainSearch, 119), (.classlessStaticRoute, 121),
            (.microsoftClasslessStaticRoute, 249), (.end, 255),
        ]
        for (option, code) in codes { #expect(option.rawValue == code) }
    }

    @Test("a code prints as a number")
    func description() { #expect("\(OptionCode.router)" == "3") }

    @Test("message types have the numbers of RFC 2132 section 9.6")
    func messageTypes() {
        let types: [MessageType] = [.discover, .offer, .request, .decline, .ack, .nak, .release, .inform]
        #expect(types.map(\.rawValue) == Array(1...8))
        #expect(MessageType.allCases == types)
    }

    @Test("a set of codes holds each of the 256 on its own, once")
    func set() {
        let codes = (UInt8.min...UInt8.max).map(OptionCode.init(rawValue:))
        for code in codes {
            var set: OptionCodeSet = [code, code]
            let removed = codes.filter { set.remove($0) }
            #expect(removed == [code])
            let isEmpty = !set.remove(code)
            #expect(isEmpty)
        }
    }
}
