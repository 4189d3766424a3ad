import Node

/// The place of a value: the file, and the path from the top of that file.
struct Place: Equatable, Sendable {
    let file: String
    /// For example `options.routes[0].via`; empty for the whole file.
    let path: String

    func member(_ key: String) -> Place {
        let isPlain = key.utf8.count <= 32 && !key.isEmpty && key.utf8.allSatisfy(Self.isPlain)
        guard isPlain else { return quotedMember(key) }
        return Place(file: file, path: path.isEmpty ? key : "\(path).\(key)")
    }

    /// A member whose key is not a word, such as a MAC address.
    func quotedMember(_ key: String) -> Place {
        let shown = key.count > 40 ? key.prefix(39) + "…" : key
        return Place(file: file, path: path + "[\(JSON.string(shown).compactText)]")
    }

    func element(_ index: Int) -> Place { Place(file: file, path: "\(path)[\(index)]") }

    func fault(_ value: String?, _ problem: String, _ remedy: String) -> BadInput {
        BadInput(file: file, path.isEmpty ? nil : path, value, problem, remedy: remedy)
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
