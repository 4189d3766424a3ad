public import Addresses

/// What a client boots from.
public struct BootAnswer: Sendable {
    /// The server that has the boot file (siaddr). Nil means this server.
    public let nextServer: IPv4Address?
    /// Options 60, 66 and 67: those that were given.
    let options: ConfiguredOptions
    /// The file name for the `file` field of the BOOTP header, in words of eight bytes. The field has 128 bytes and
    /// ends in a zero. Empty if there is no name, or if it does not fit in the field.
    let fileWords: [UInt64]

    /// The longest file name that fits in the BOOTP header, in bytes.
    public static let fileByteCapacity = 127

    /// - Parameters:
    ///   - serverName: option 66.
    ///   - file: option 67, and also the `file` field of the BOOTP header if it fits there.
    ///   - vendorClass: option 60, which firmware that boots over HTTP expects in the reply.
    /// - Throws: the first option whose value is malformed or does not fit.
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
