public import Addresses

/// What a client boots from.
public struct BootAnswer: Sendable {
    /// Where the file is (siaddr); nil for this server.
    public let nextServer: IPv4Address?
    /// Options 60, 66 and 67, as far as there are any.
    let options: ConfiguredOptions
    /// The file's name for the BOOTP header, which ends in a zero within 128 bytes, in words of eight; empty for none.
    let fileWords: [UInt64]

    /// The longest name that the BOOTP header takes.
    public static let fileByteCapacity = 127

    /// - Parameters:
    ///   - serverName: option 66.
    ///   - file: option 67; in the BOOTP header as well if it fits there.
    ///   - vendorClass: option 60, which firmware that boots by HTTP wants to hear.
    /// - Throws: the option that a client could not make sense of, or that does not fit.
    public init(
        nextServer: IPv4Address?, serverName: [UInt8] = [], file: [UInt8] = [], vendorClass: [UInt8] = []
    ) throws(ConfiguredOptionsError) {
        self.nextServer = nextServer
        var options: [(code: OptionCode, value: [UInt8])] = []
        if !vendorClass.isEmpty { options.append((.vendorClassIdentifier, vendorClass)) }
        if !serverName.isEmpty { options.append((.tftpServerName, serverName)) }
        if !file.isEmpty { options.append((.bootfileName, file)) }
        self.options = try ConfiguredOptions(options)
        guard file.count <= Self.fileByteCapacity else {
            fileWords = []
            return
        }
        fileWords = stride(from: 0, to: file.count, by: 8).map { start in
            file.span.word(at: start, byteCount: min(file.count - start, 8))
        }
    }
}
